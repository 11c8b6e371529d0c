import type { CacheMark } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { Losses } from "../../../translation/translation.ts";
import type { Members } from "../wire.ts";

/** How long OpenAI keeps a marked prompt; source: `PromptCacheBreakpoint` of its specification. */
const LIFETIMES = new Set(["30m", "12h"]);

/** Reads `prompt_cache_breakpoint` of a part. */
export function readCacheMark(part: Members): CacheMark | undefined {
  const mark = part.members("prompt_cache_breakpoint");
  return mark === undefined ? undefined : { ttl: mark.text("ttl") };
}

/** Writes it; another vendor's word for how long is left out and told. */
export function writeCacheMark(mark: CacheMark | undefined, losses: Losses): JsonObject {
  if (mark === undefined) return {};
  const isKnown = mark.ttl !== undefined && LIFETIMES.has(mark.ttl);
  if (mark.ttl !== undefined && !isKnown) losses.drop("cache", "ttl");
  return { prompt_cache_breakpoint: { mode: "explicit", ...(isKnown ? { ttl: mark.ttl } : {}) } };
}
