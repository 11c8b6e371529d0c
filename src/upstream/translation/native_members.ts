import type { ChatPart, ChatRequest } from "../../core/chat.ts";
import type { Side } from "../../formats/translation/translation.ts";
import type { LossList } from "./loss_list.ts";

type Native = { readonly members: Readonly<Record<string, unknown>> } | undefined;

/**
 * Settles what only the client's format knows, before another format's request is written: each member is dropped
 * and told, or refused, as the format's `ownMembers` say. Returns the request without the tools and parts that were
 * dropped. Throws `GatewayError` `not_translatable`.
 */
export function settleNativeChat(
  request: ChatRequest,
  rules: Side<unknown, unknown>["ownMembers"],
  losses: LossList,
): ChatRequest {
  settleMembers(request.native, "", rules, losses);
  for (const tool of request.tools) {
    if (tool.kind === "native") settle(`tool_type.${tool.name}`, rules, losses);
    else if (tool.kind === "function") settleMembers(tool.native, "tool.", rules, losses);
  }
  for (const part of request.system) settlePart(part, rules, losses);
  for (const turn of request.turns) {
    settleMembers(turn.native, "turn.", rules, losses);
    for (const part of turn.parts) settlePart(part, rules, losses);
  }
  return withoutNative(request);
}

function withoutNative(request: ChatRequest): ChatRequest {
  const hasTool = request.tools.some(({ kind }) => kind === "native");
  const hasPart = request.turns.some(({ parts }) => parts.some(({ kind }) => kind === "native"));
  if (!hasTool && !hasPart) return request;
  return {
    ...request,
    tools: request.tools.filter(({ kind }) => kind !== "native"),
    turns: request.turns.map((turn) => ({
      ...turn,
      parts: turn.parts.filter(({ kind }) => kind !== "native"),
    })),
  };
}

/** The same for requests that are flat. */
export function settleMembers(
  native: Native,
  prefix: string,
  rules: Side<unknown, unknown>["ownMembers"],
  losses: LossList,
): void {
  if (native === undefined) return;
  for (const name of Object.keys(native.members)) settle(prefix + name, rules, losses);
}

function settlePart(part: ChatPart, rules: Side<unknown, unknown>["ownMembers"], losses: LossList): void {
  if (part.kind === "native") return settle(`block.${part.name}`, rules, losses);
  settleMembers(part.native, "part.", rules, losses);
  if (part.kind === "tool_result") { for (const inner of part.parts) settlePart(inner, rules, losses); }
}

function settle(path: string, rules: Side<unknown, unknown>["ownMembers"], losses: LossList): void {
  const told = path.replace(/^(?:part|turn|tool|block|tool_type)\./, "");
  if (Object.hasOwn(rules, path) && rules[path] === "drop") return losses.dropMember(told);
  losses.refuse(
    told,
    "it has no counterpart there. Leave it out, or ask for a model of a vendor that has it",
  );
}
