import type { TokenLogprob } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";

/** Reads `logprobs` of a text or of a delta; entries without a token or a number are left out. */
export function readTokens(list: unknown): readonly TokenLogprob[] {
  return objectsIn(list).flatMap((entry) => {
    const token = readToken(entry);
    return token === undefined
      ? []
      : [{ ...token, top: objectsIn(entry.top_logprobs).flatMap((top) => readToken(top) ?? []) }];
  });
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

function objectsIn(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** Writes them; the format wants `bytes`, which are those of the token where nobody told others. */
export function writeTokens(tokens: readonly TokenLogprob[]): readonly JsonObject[] {
  return tokens.map((token) => ({ ...writeToken(token), top_logprobs: token.top.map(writeToken) }));
}

const encoder = new TextEncoder();

function writeToken({ token, logprob, bytes }: Omit<TokenLogprob, "top">): JsonObject {
  return { token, logprob, bytes: bytes ?? [...encoder.encode(token)] };
}
