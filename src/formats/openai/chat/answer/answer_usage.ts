import type { ChatUsage } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { readUsage } from "../../usage.ts";

/** Usage of an answer or of a stream's event, also where Groq tells it; undefined where there is none. */
export function readAnswerUsage({ usage, x_groq: groq }: JsonObject): ChatUsage | undefined {
  return readUsage(usage) ?? (isJsonObject(groq) ? readUsage(groq.usage) : undefined);
}

/** Writes `usage`; details only where they are known. */
export function writeUsage(usage: ChatUsage): JsonObject {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage;
  const input = known({ ["cached_tokens"]: cachedInputTokens, ["cache_write_tokens"]: cacheWriteTokens });
  const output = known({ ["reasoning_tokens"]: reasoningTokens });
  return {
    ["prompt_tokens"]: inputTokens,
    ["completion_tokens"]: outputTokens,
    ["total_tokens"]: inputTokens + outputTokens,
    ...(input && { ["prompt_tokens_details"]: input }),
    ...(output && { ["completion_tokens_details"]: output }),
  };
}

function known(counts: Readonly<Record<string, number | undefined>>): JsonObject | undefined {
  const entries = Object.entries(counts).filter(([, count]) => count !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
