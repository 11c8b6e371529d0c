import type { ChatUsage } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";

/** Gemini's way of counting: what was thought is told apart from the candidates, cached input is part of the prompt. */
export function writeUsage(usage: ChatUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: Math.max(0, outputTokens - (reasoningTokens ?? 0)),
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedInputTokens === undefined ? {} : { cachedContentTokenCount: cachedInputTokens }),
    ...(reasoningTokens === undefined ? {} : { thoughtsTokenCount: reasoningTokens }),
  };
}
