import type { ChatRequest, ChatTool } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { withNative } from "../../shared/native_members.ts";
import { TOOL_NAME_RULE } from "../../shared/wire_rules.ts";
import { OPENAI_CHAT } from "../format_name.ts";

/** The members of a request that speak of tools. OpenAI refuses a choice, or parallel calls, without tools. */
export function writeTools(request: ChatRequest, context: WriteContext): JsonObject {
  if (request.tools.length === 0) return {};
  const { parallelTools } = request;
  return {
    tools: request.tools.map((tool) => writeTool(tool, context)),
    ...writeToolChoice(request, context),
    ...(parallelTools !== undefined && { ["parallel_tool_calls"]: parallelTools }),
  };
}

function writeTool(tool: ChatTool, context: WriteContext): JsonObject {
  if (tool.cache !== undefined) context.losses.drop("cache");
  if (tool.kind === "native") {
    if (tool.native?.format === OPENAI_CHAT) return tool.native.members;
    return context.losses.refuse(tool.name, "the upstream does not offer this tool");
  }
  const name = context.names.wire(tool.name, TOOL_NAME_RULE);
  const described = { name, ...(tool.description !== undefined && { description: tool.description }) };
  if (tool.kind === "custom") return writeCustom(tool, described);
  const declared = {
    ...described,
    ...(tool.parameters && { parameters: tool.parameters }),
    ...(tool.strict !== undefined && { strict: tool.strict }),
  };
  return withNative({ type: "function", function: declared }, tool.native, OPENAI_CHAT);
}

/** A custom tool out of either OpenAI format: Responses has flat what chat has under `custom` and `grammar`. */
function writeCustom({ native }: ChatTool, described: JsonObject): JsonObject {
  if (native?.format === OPENAI_CHAT) {
    const { custom } = native.members;
    return { ...native.members, custom: { ...(isJsonObject(custom) ? custom : {}), ...described } };
  }
  const format = native?.members.format;
  const custom = isJsonObject(format) ? { ...described, format: nestedFormat(format) } : described;
  return { type: "custom", custom };
}

function nestedFormat({ type, ...rest }: JsonObject): JsonObject {
  return type === "grammar" ? { type, grammar: rest } : { type, ...rest };
}

function writeToolChoice({ toolChoice, tools }: ChatRequest, context: WriteContext): JsonObject {
  if (toolChoice === undefined) return {};
  const { mode, only } = toolChoice;
  if (only === undefined) return { ["tool_choice"]: mode };
  const named = only.map((name) => {
    const type = tools.find((tool) => tool.name === name)?.kind === "custom" ? "custom" : "function";
    return { type, [type]: { name: context.names.wire(name, TOOL_NAME_RULE) } };
  });
  const [single] = named;
  if (mode === "required" && named.length === 1) return { ["tool_choice"]: single };
  if (mode === "none") return { ["tool_choice"]: mode };
  return { ["tool_choice"]: { type: "allowed_tools", ["allowed_tools"]: { mode, tools: named } } };
}
