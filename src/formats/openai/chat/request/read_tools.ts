import type { ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import { nativeMembers } from "../../shared/native_members.ts";
import { malformed, RequestMembers } from "../../shared/request_members.ts";
import { OPENAI_CHAT } from "../format_name.ts";

/** Reads `tools`. Kinds other than `function` and `custom` are tools that run at one vendor. */
export function readTools(list: readonly unknown[] | undefined): readonly ChatTool[] {
  return (list ?? []).map((value, at) => {
    const tool = RequestMembers.of(value, `tools[${at}]`);
    const type = tool.requiredText("type");
    if (type === "function") return readFunction(tool);
    // `RequestMembers.of` has made sure that it is an object.
    const native = { format: OPENAI_CHAT, members: value as JsonObject };
    if (type !== "custom") return { kind: "native", name: type, native };
    const custom = tool.requiredInner("custom");
    const description = custom.text("description");
    return { kind: "custom", name: custom.requiredText("name"), ...(description && { description }), native };
  });
}

function readFunction(tool: RequestMembers): ChatTool {
  const declared = tool.requiredInner("function");
  const name = declared.requiredText("name");
  const description = declared.text("description");
  const parameters = declared.object("parameters");
  const strict = declared.flag("strict");
  const native = nativeMembers(OPENAI_CHAT, { ...declared.rest("function."), ...tool.rest() });
  return {
    kind: "function",
    name,
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
    ...(native && { native }),
  };
}

/** Reads `tool_choice`: a word, one tool by name, or the tools allowed. */
export function readToolChoice(value: unknown): ChatToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return { mode: readMode(value, "tool_choice") };
  const choice = RequestMembers.of(value, "tool_choice");
  const type = choice.requiredText("type");
  if (type === "function" || type === "custom") {
    return { mode: "required", only: [choice.requiredInner(type).requiredText("name")] };
  }
  if (type !== "allowed_tools") throw malformed(choice.param("type"), "function, custom or allowed_tools");
  const allowed = choice.requiredInner("allowed_tools");
  const mode = readMode(allowed.requiredText("mode"), allowed.param("mode"));
  return { mode, only: (allowed.list("tools") ?? []).map((tool, at) => allowedName(tool, at)) };
}

function readMode(word: string, param: string): ChatToolChoice["mode"] {
  // Mistral says `any` where OpenAI says `required`.
  if (word === "any") return "required";
  if (word === "auto" || word === "none" || word === "required") return word;
  throw malformed(param, "none, auto or required");
}

function allowedName(value: unknown, at: number): string {
  const param = `tool_choice.allowed_tools.tools[${at}]`;
  const tool = RequestMembers.of(value, param);
  const type = tool.requiredText("type");
  const named = isJsonObject(value) ? value[type] : undefined;
  if (!isJsonObject(named) || typeof named.name !== "string") throw malformed(param, "a tool with its name");
  return named.name;
}
