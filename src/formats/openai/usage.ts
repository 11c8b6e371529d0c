import type { AnswerFacts, Usage } from "../../core/answer.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../core/bytes/exact_json.ts";

/**
 * Reads a `usage` object in either of OpenAI's spellings (`prompt_tokens` or `input_tokens`). Undefined when it
 * holds no token count, as for audio billed by the second; counts that are no whole number from 0 up are left out.
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const inputTokens = tokens(usage, "prompt_tokens") ?? tokens(usage, "input_tokens");
  const outputTokens = tokens(usage, "completion_tokens") ?? tokens(usage, "output_tokens");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = usage.prompt_tokens_details ?? usage.input_tokens_details;
  const output = usage.completion_tokens_details ?? usage.output_tokens_details;
  const read: Written<Usage> = { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
  put(read, "cachedInputTokens", tokens(input, "cached_tokens"));
  put(read, "cacheWriteTokens", tokens(input, "cache_write_tokens"));
  put(read, "reasoningTokens", tokens(output, "reasoning_tokens"));
  put(read, "audioInputTokens", some(input, "audio_tokens"));
  put(read, "imageInputTokens", some(input, "image_tokens"));
  put(read, "audioOutputTokens", some(output, "audio_tokens"));
  put(read, "imageOutputTokens", some(output, "image_tokens"));
  return read;
}

type Written<T> = { -readonly [N in keyof T]: T[N] };

/** Puts facts together, leaving out what is missing or not of its kind. */
export function answerFacts(usage: unknown, model: unknown, finish: unknown, tier?: unknown): AnswerFacts {
  const facts: Written<AnswerFacts> = {};
  put(facts, "usage", readUsage(usage));
  put(facts, "model", nonEmptyText(model));
  put(facts, "finish", nonEmptyText(finish));
  put(facts, "vendorTier", nonEmptyText(tier));
  return facts;
}

function tokens(from: unknown, name: string): number | undefined {
  const count = isJsonObject(from) ? exactNumber(from[name]) : undefined;
  return count !== undefined && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** A count that most answers tell as 0: left out then, so that records stay short. */
function some(from: unknown, name: string): number | undefined {
  return tokens(from, name) || undefined;
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Sets what is there: a member that is not there must not stand in a record. */
function put<T, N extends keyof T>(on: T, name: N, value: T[N] | undefined): void {
  if (value !== undefined) on[name] = value;
}

/** Finish reason of the first choice of a parsed answer. */
export function firstFinish(choices: unknown): unknown {
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isJsonObject(first) ? first.finish_reason : undefined;
}

/** How the Responses format says that it finished: the reason where it is incomplete, else the status. */
export function responseFinish(response: JsonObject): unknown {
  const details = response.incomplete_details;
  return isJsonObject(details) && typeof details.reason === "string" ? details.reason : response.status;
}
