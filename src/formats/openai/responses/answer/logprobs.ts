import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { TokenLogprob } from "../../../../core/chat.ts";
import { writeLogprobs } from "../../shared/token_logprobs.ts";

const encoder = new TextEncoder();

/** Writes log probabilities; the format wants `bytes`, which are those of the token where nobody told others. */
export function writeTokens(tokens: readonly TokenLogprob[]): readonly JsonObject[] {
  return writeLogprobs(tokens, (token) => [...encoder.encode(token)]);
}
