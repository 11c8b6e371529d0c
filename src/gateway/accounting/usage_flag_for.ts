import type { BodyEdit } from "../../upstream/request.ts";
import { USAGE_FLAG_MEMBER, usageFlagEdit } from "../../upstream/usage/usage_flag.ts";
import type { Front } from "../facts/front.ts";
import type { RequestFacts } from "../facts/request_facts.ts";

/** The edit by which a streamed chat asks for its usage; undefined where it does already, or is none. */
export function usageFlagFor(front: Front, { stream, json }: RequestFacts): BodyEdit | undefined {
  // Below /proxy nothing is changed.
  const isChat = front.kind === "format" && front.format.type === "openai_chat" &&
    front.pathClass === "inference";
  if (!isChat || !stream || json === undefined) return undefined;
  return usageFlagEdit(json.bytes, json.members.get(USAGE_FLAG_MEMBER));
}
