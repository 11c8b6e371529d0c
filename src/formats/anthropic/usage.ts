import type { AnswerFacts, Usage } from "../../core/answer.ts";
import { exactNumber, isJsonObject, type JsonObject } from "../../core/bytes/exact_json.ts";
import type { ChatUsage } from "../../core/chat.ts";

/**
 * Reads a `usage` object. The vendor's `input_tokens` leaves out what was read from and written to the cache, the
 * result counts all. Undefined when it holds no token count; counts that are no whole number from 0 up are left out.
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const input = tokens(usage.input_tokens);
  const output = tokens(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const read = tokens(usage.cache_read_input_tokens);
  const write = tokens(usage.cache_creation_input_tokens);
  const details = usage.output_tokens_details;
  const long = isJsonObject(usage.cache_creation)
    ? tokens(usage.cache_creation.ephemeral_1h_input_tokens)
    : undefined;
  const thinking = isJsonObject(details) ? tokens(details.thinking_tokens) : undefined;
  return {
    inputTokens: (input ?? 0) + (read ?? 0) + (write ?? 0),
    outputTokens: output ?? 0,
    ...(read === undefined ? {} : { cachedInputTokens: read }),
    ...(write === undefined ? {} : { cacheWriteTokens: write }),
    ...(long === undefined || long === 0 ? {} : { longCacheWriteTokens: long }),
    ...(thinking === undefined ? {} : { reasoningTokens: thinking }),
  };
}

/**
 * Joins the `usage` objects of one stream: those of `message_delta` are totals that may repeat the input side,
 * with null where they do not, so the last count that is told stands and none are added.
 */
export function laterUsage(earlier: JsonObject, later: unknown): JsonObject {
  if (!isJsonObject(later)) return earlier;
  const told = Object.entries(later).filter(([name, value]) =>
    value !== null || !Object.hasOwn(earlier, name)
  );
  return { ...earlier, ...Object.fromEntries(told) };
}

/** Writes usage in the vendor's way: input without what the cache had a part in, never below 0. */
export function writeUsage(usage: ChatUsage | undefined): JsonObject {
  const read = usage?.cachedInputTokens ?? 0;
  const write = usage?.cacheWriteTokens ?? 0;
  const thinking = usage?.reasoningTokens;
  return {
    ["input_tokens"]: Math.max(0, (usage?.inputTokens ?? 0) - read - write),
    ["cache_creation_input_tokens"]: write,
    ["cache_read_input_tokens"]: read,
    ["output_tokens"]: usage?.outputTokens ?? 0,
    ...(thinking === undefined ? {} : { ["output_tokens_details"]: { ["thinking_tokens"]: thinking } }),
  };
}

/** Puts facts together, leaving out what is missing or not of its kind. */
export function answerFacts({ usage, model, finish }: Record<string, unknown>): AnswerFacts {
  const counts = readUsage(usage);
  const tier = isJsonObject(usage) ? usage.service_tier : undefined;
  return {
    ...(typeof tier === "string" && tier !== "" ? { vendorTier: tier } : {}),
    ...(counts === undefined ? {} : { usage: counts }),
    ...(typeof model === "string" && model !== "" ? { model } : {}),
    ...(typeof finish === "string" && finish !== "" ? { finish } : {}),
  };
}

function tokens(value: unknown): number | undefined {
  const count = exactNumber(value);
  return count !== undefined && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
