import type { AnswerFacts, Usage } from "../../core/answer.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../core/bytes/exact_json.ts";

/**
 * Reads `usageMetadata`. Gemini's `promptTokenCount` includes cached tokens but not what tools put into the
 * prompt, and `candidatesTokenCount` leaves the thoughts out: the totals here include both. Undefined when no
 * token count is there; counts that are no whole number from 0 up are left out.
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const prompt = tokens(usage, "promptTokenCount");
  const candidates = tokens(usage, "candidatesTokenCount");
  const thoughts = tokens(usage, "thoughtsTokenCount");
  const total = tokens(usage, "totalTokenCount");
  if (prompt === undefined && candidates === undefined && total === undefined) return undefined;
  const cached = tokens(usage, "cachedContentTokenCount");
  return {
    inputTokens: (prompt ?? 0) + (tokens(usage, "toolUsePromptTokenCount") ?? 0),
    outputTokens: (candidates ?? 0) + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(thoughts === undefined ? {} : { reasoningTokens: thoughts }),
    ...ofModality("audioInputTokens", usage.promptTokensDetails, "AUDIO"),
    ...ofModality("imageInputTokens", usage.promptTokensDetails, "IMAGE"),
    ...ofModality("audioOutputTokens", usage.candidatesTokensDetails, "AUDIO"),
    ...ofModality("imageOutputTokens", usage.candidatesTokensDetails, "IMAGE"),
  };
}

/** What a list of `ModalityTokenCount` says of one modality; nothing where it is 0. */
function ofModality<N extends string>(name: N, details: unknown, modality: string): { [key in N]?: number } {
  if (!Array.isArray(details)) return {};
  const told = details.find((each) => isJsonObject(each) && each.modality === modality);
  const count = isJsonObject(told) ? tokens(told, "tokenCount") : undefined;
  // A computed name widens to `string`; the object has exactly this one member.
  return (count === undefined || count === 0 ? {} : { [name]: count }) as { [key in N]?: number };
}

/** Facts of a whole `GenerateContentResponse`, or of the members of one; missing and odd ones are left out. */
export function answerFacts(answer: JsonObject): AnswerFacts {
  const usage = readUsage(answer.usageMetadata);
  const { modelVersion } = answer;
  const finish = firstFinish(answer);
  return {
    ...(usage === undefined ? {} : { usage }),
    ...(typeof modelVersion === "string" && modelVersion !== "" ? { model: modelVersion } : {}),
    ...(finish === undefined ? {} : { finish }),
  };
}

/** Finish reason of the first candidate; where the prompt was blocked, why. */
function firstFinish({ candidates, promptFeedback }: JsonObject): string | undefined {
  const first: unknown = Array.isArray(candidates) ? candidates[0] : undefined;
  const reason = isJsonObject(first)
    ? first.finishReason
    : isJsonObject(promptFeedback)
    ? promptFeedback.blockReason
    : undefined;
  return typeof reason === "string" && reason !== "" ? reason : undefined;
}

function tokens(from: JsonObject, name: string): number | undefined {
  const count = exactNumber(from[name]);
  return count !== undefined && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
