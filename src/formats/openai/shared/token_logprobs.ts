import type { TokenLogprob } from "../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";

/** Reads OpenAI's list of log probabilities, the same in both chat formats; lenient. */
export function readLogprobs(list: unknown): readonly TokenLogprob[] {
  if (!Array.isArray(list)) return [];
  return list.filter(isJsonObject).flatMap((entry) => {
    const token = readToken(entry);
    const top: unknown[] = Array.isArray(entry.top_logprobs) ? entry.top_logprobs : [];
    return token === undefined ? [] : [{ ...token, top: top.filter(isJsonObject).flatMap(listOfToken) }];
  });
}

function listOfToken(entry: JsonObject): readonly Omit<TokenLogprob, "top">[] {
  const token = readToken(entry);
  return token === undefined ? [] : [token];
}

function readToken(entry: JsonObject): Omit<TokenLogprob, "top"> | undefined {
  const logprob = exactNumber(entry.logprob);
  if (typeof entry.token !== "string" || logprob === undefined) return undefined;
  const bytes = Array.isArray(entry.bytes) ? entry.bytes.map(exactNumber) : undefined;
  return {
    token: entry.token,
    logprob,
    ...(bytes?.every((byte) => byte !== undefined) ? { bytes } : {}),
  };
}

/** Writes it; `untold`: what stands for bytes that the vendor did not tell, null in chat completions. */
export function writeLogprobs(
  tokens: readonly TokenLogprob[],
  untold: (token: string) => readonly number[] | null = () => null,
): JsonObject[] {
  const write = ({ token, logprob, bytes }: Omit<TokenLogprob, "top">) => {
    return { token, logprob, bytes: bytes ?? untold(token) };
  };
  return tokens.map((token) => ({ ...write(token), ["top_logprobs"]: token.top.map(write) }));
}
