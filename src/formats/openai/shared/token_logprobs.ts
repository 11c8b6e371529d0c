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
  const bytes = Array.isArray(entry.bytes)
    ? entry.bytes.map(exactNumber).filter((byte) => byte !== undefined)
    : undefined;
  return { token: entry.token, logprob, bytes };
}

/** Writes it; `bytes` is null where the vendor did not tell. */
export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject[] {
  return tokens.map((token) => ({ ...writeToken(token), ["top_logprobs"]: token.top.map(writeToken) }));
}

function writeToken({ token, logprob, bytes }: Omit<TokenLogprob, "top">): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}
