import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { CacheMark, ChatRequest } from "../../../../core/chat.ts";
import type { Losses, WriteContext } from "../../../translation/translation.ts";
import { type ClaudeModel, claudeModel } from "../claude_models.ts";
import { OWN_FORMAT } from "../signatures.ts";

/** What every part of a request's writer needs. */
export interface Writing extends WriteContext {
  readonly claude: ClaudeModel;
  /**
   * The client speaks this format too: what it asks is written as it stands, and the vendor judges it. Requests of
   * other formats are made to fit what the model takes.
   */
  readonly isOwn: boolean;
}

/** Gathers it for one request. */
export function writingOf(request: ChatRequest, context: WriteContext): Writing {
  return { ...context, claude: claudeModel(context.model), isOwn: request.native?.format === OWN_FORMAT };
}

/** Members that this format read and the hub has no word for. */
export function ownMembers(
  of: { readonly native?: { readonly format: string; readonly members: JsonObject } | undefined },
): JsonObject {
  return of.native?.format === OWN_FORMAT ? of.native.members : {};
}

/** Times to live that the vendor knows; without one it is five minutes. */
const TTLS = new Set(["5m", "1h"]);

/** The `cache_control` member for a mark. */
export function cacheControl(cache: CacheMark | undefined, losses: Losses): JsonObject {
  if (cache === undefined) return {};
  const { ttl } = cache;
  if (ttl === undefined) return { ["cache_control"]: { type: "ephemeral" } };
  if (TTLS.has(ttl)) return { ["cache_control"]: { type: "ephemeral", ttl } };
  losses.drop("cache", ttl);
  return { ["cache_control"]: { type: "ephemeral" } };
}
