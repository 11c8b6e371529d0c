import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ChatRequest, ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import { OWN_FORMAT } from "../signatures.ts";
import { TOOL_NAME } from "./write_blocks.ts";
import { cacheControl, ownMembers, type Writing } from "./writing.ts";

/** Writes the tools that the model may choose from; those of free text have become functions before. */
export function writeTools({ tools, toolChoice }: ChatRequest, writing: Writing): JsonObject[] {
  // The vendor forces all tools or one; several are forced by telling of no others.
  const only = toolChoice?.only;
  const chosen = only === undefined || only.length < 2 && toolChoice?.mode === "required"
    ? tools
    : tools.filter(({ name }) => only.includes(name));
  return chosen.map((tool) => writeTool(tool, writing)).filter((tool) => tool !== undefined);
}

function writeTool(tool: ChatTool, writing: Writing): JsonObject | undefined {
  const { losses, names, claude, isOwn } = writing;
  if (tool.kind === "native") return tool.native?.format === OWN_FORMAT ? tool.native.members : undefined;
  const takesStrict = isOwn || claude.schemas;
  if (tool.strict === true && !takesStrict) losses.drop("toolStrict", tool.name);
  return {
    name: names.wire(tool.name, TOOL_NAME),
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ["input_schema"]: objectSchema(tool.parameters),
    ...(tool.strict !== undefined && takesStrict ? { strict: tool.strict } : {}),
    ...ownMembers(tool),
    ...cacheControl(tool.cache, losses),
  };
}

/** The vendor wants a schema of an object. */
function objectSchema(parameters: JsonObject | undefined): JsonObject {
  if (parameters === undefined) return { type: "object", properties: {} };
  return parameters.type === undefined ? { type: "object", ...parameters } : parameters;
}

/** Writes `tool_choice`; undefined where the vendor's default says it, or there are no tools to choose from. */
export function writeToolChoice(
  choice: ChatToolChoice | undefined,
  parallelTools: boolean | undefined,
  { names }: Writing,
): JsonObject | undefined {
  if (choice?.mode === "none") return { type: "none" };
  const single = parallelTools === false ? { ["disable_parallel_tool_use"]: true } : {};
  if (choice === undefined) return parallelTools === false ? { type: "auto", ...single } : undefined;
  if (choice.mode === "auto") return { type: "auto", ...single };
  const [name, ...others] = choice.only ?? [];
  if (name === undefined || others.length > 0) return { type: "any", ...single };
  return { type: "tool", name: names.wire(name, TOOL_NAME), ...single };
}
