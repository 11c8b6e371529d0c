import type { RequestEstimate } from "../../balancing/quota/quota_view.ts";
import { jsonLiteral, type TopLevelScan } from "../../core/bytes/json_span.ts";

/** Members that bound an answer's length, the newer spelling first, and the one that asks for several answers. */
const MAXIMUMS = ["max_completion_tokens", "max_output_tokens", "max_tokens"] as const;

/** Members that {@link requestEstimate} asks for: hints only, since a wrong one costs a wrong estimate. */
export const ESTIMATE_MEMBERS: readonly string[] = [...MAXIMUMS, "n"];

/** Bytes of a body that make a token: English text has four, and so do most vendors' own estimates before they count. */
const BYTES_PER_TOKEN = 4;

/** Most input tokens that are believed: a larger body holds pictures, which cost far less than their bytes. */
const MOST_INPUT_TOKENS = 1_000_000;

/** Tokens of an answer whose request sets no maximum: longer than most, since a quota overrun costs a refusal. */
const USUAL_OUTPUT_TOKENS = 1_000;

/** Largest maximum that is believed; more than any model writes. */
const MOST_OUTPUT_TOKENS = 10_000_000;

/** Most answers to one request that are believed; OpenAI allows 128. */
const MOST_ANSWERS = 128;

/** What a request will cost at most, by its size and the members of its JSON body. */
export function requestEstimate(
  sizeBytes: number,
  body?: { readonly bytes: Uint8Array; readonly members: TopLevelScan["members"] },
): RequestEstimate {
  const numberOf = (name: string, most: number) => {
    const span = body?.members.get(name);
    const value = span === undefined || body === undefined ? undefined : jsonLiteral(body.bytes, span);
    return typeof value === "number" && value >= 1 ? Math.min(most, Math.floor(value)) : undefined;
  };
  let outputTokens: number | undefined;
  for (const name of MAXIMUMS) outputTokens ??= numberOf(name, MOST_OUTPUT_TOKENS);
  return {
    requests: 1,
    inputTokens: Math.min(MOST_INPUT_TOKENS, Math.ceil(sizeBytes / BYTES_PER_TOKEN)),
    outputTokens: (outputTokens ?? USUAL_OUTPUT_TOKENS) * (numberOf("n", MOST_ANSWERS) ?? 1),
  };
}
