import type { ChatRequest, ChatTool } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ToolNameRule } from "../../../translation/tool_names.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { GEMINI, nativeMembers } from "../own_members.ts";

/** Names of functions (reference of `FunctionDeclaration`). */
export const TOOL_NAMES: ToolNameRule = { pattern: /^[A-Za-z_][A-Za-z0-9_.:-]*$/, maxLength: 64 };

/** One entry for all functions, and one for each tool that runs at Google, in the client's order. */
export function writeTools(tools: readonly ChatTool[], context: WriteContext): JsonObject[] {
  const declarations: JsonObject[] = [];
  const entries: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.kind === "custom") {
      context.losses.refuse(
        "tools",
        `Gemini has no tools that take free text ('${tool.name}'); declare a function`,
      );
    }
    if (tool.kind === "native") {
      if (tool.native?.format === GEMINI) entries.push(tool.native.members);
      continue;
    }
    if (declarations.length === 0) entries.push({ functionDeclarations: declarations });
    declarations.push(writeFunction(tool, context));
  }
  return entries;
}

/** The parameters go as JSON Schema: Google's own `Schema` refuses the whole request for a keyword it does not know. */
function writeFunction(tool: ChatTool, { names, losses }: WriteContext): JsonObject {
  if (tool.strict === true) losses.drop("toolStrict");
  return {
    name: names.wire(tool.name, TOOL_NAMES),
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(tool.parameters === undefined ? {} : { parametersJsonSchema: tool.parameters }),
    ...nativeMembers(tool.native),
  };
}

/** Writes `toolConfig`; a choice among some tools that leaves the model free is Gemini's `VALIDATED`. */
export function writeToolConfig({ toolChoice }: ChatRequest, { names }: WriteContext): JsonObject {
  if (toolChoice === undefined) return {};
  const { mode, only } = toolChoice;
  const isNarrowed = only !== undefined && mode !== "none";
  const word = mode === "none" ? "NONE" : mode === "required" ? "ANY" : isNarrowed ? "VALIDATED" : "AUTO";
  const allowed = isNarrowed
    ? { allowedFunctionNames: only.map((name) => names.wire(name, TOOL_NAMES)) }
    : {};
  return { functionCallingConfig: { mode: word, ...allowed } };
}
