import type { TokenLogprob } from "../../../../core/chat.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";

/** Reads `logprobsResult`: two lists that run beside each other, the tokens chosen and what else was likely. */
export function readLogprobs(result: unknown): TokenLogprob[] {
  if (!isJsonObject(result) || !Array.isArray(result.chosenCandidates)) return [];
  const tops: readonly unknown[] = Array.isArray(result.topCandidates) ? result.topCandidates : [];
  return result.chosenCandidates.flatMap((chosen, at) => {
    const token = readToken(chosen);
    const top: unknown = tops[at];
    const others: readonly unknown[] = isJsonObject(top) && Array.isArray(top.candidates)
      ? top.candidates
      : [];
    return token === undefined
      ? []
      : [{ ...token, top: others.map(readToken).filter((other) => other !== undefined) }];
  });
}

/** Writes `logprobsResult`. */
export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  return {
    topCandidates: tokens.map(({ top }) => ({ candidates: top.map(writeToken) })),
    chosenCandidates: tokens.map(writeToken),
  };
}

function readToken(candidate: unknown): Omit<TokenLogprob, "top"> | undefined {
  if (!isJsonObject(candidate) || typeof candidate.token !== "string") return undefined;
  const logprob = exactNumber(candidate.logProbability);
  return logprob === undefined ? undefined : { token: candidate.token, logprob };
}

function writeToken({ token, logprob }: Omit<TokenLogprob, "top">): JsonObject {
  return { token, logProbability: logprob };
}
