import type { ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { Losses } from "../../../translation/translation.ts";
import type { ToolNameRule } from "../../../translation/tool_names.ts";
import { compact, ownMembersOf } from "../wire.ts";
import { spread } from "./write_content.ts";

/** Source: `protocols.md` §10.1, tool names of the Responses format. */
export const TOOL_NAME_RULE: ToolNameRule = { pattern: /^[A-Za-z0-9_-]+$/, maxLength: 128 };

/** How a tool is named on the wire: a tool out of a namespace by its short name and that. */
export interface WireName {
  readonly name: string;
  readonly namespace?: string;
}

/** The wire's name for the hub's, found among the tools of the request. */
export function wireName(name: string, tools: readonly ChatTool[]): WireName {
  const namespace = tools.find((tool) => tool.name === name)?.namespace;
  return namespace === undefined ? { name } : { name: shortName(name, namespace), namespace };
}

function shortName(name: string, namespace: string): string {
  return name.slice(namespace.length + "__".length);
}

/** Writes `tools`; those of one namespace that follow each other stand in it again. */
export function writeTools(
  tools: readonly ChatTool[],
  nameOf: (name: string) => string,
  losses: Losses | undefined,
): readonly JsonObject[] {
  const written: JsonObject[] = [];
  let space: { readonly name: string; readonly tools: JsonObject[] } | undefined;
  for (const tool of tools) {
    if (tool.cache !== undefined) losses?.drop("cache");
    if (tool.namespace === undefined) {
      space = undefined;
      written.push(writeTool(tool, nameOf(tool.name)));
      continue;
    }
    if (space?.name !== tool.namespace) {
      space = { name: tool.namespace, tools: [] };
      written.push(writeNamespace(tool, space));
    }
    space.tools.push(writeTool(tool, shortName(tool.name, tool.namespace)));
  }
  return written;
}

function writeNamespace(tool: ChatTool, space: { readonly name: string; readonly tools: JsonObject[] }) {
  const told = ownMembersOf(tool).namespace;
  const description = isJsonObject(told) ? told.description : undefined;
  return compact({ type: "namespace", name: space.name, description, tools: space.tools });
}

function writeTool(tool: ChatTool, name: string): JsonObject {
  const { namespace: _, other, ...own } = ownMembersOf(tool);
  if (tool.kind === "native") return own;
  if (tool.kind === "custom") {
    return compact({
      type: "custom",
      name,
      description: tool.description,
      format: chatGrammar(tool),
      ...own,
      ...spread(other),
    });
  }
  return compact({
    type: "function",
    name,
    description: tool.description,
    parameters: tool.parameters ?? null,
    // Without a word the vendor makes the schema strict, which no other format does.
    strict: tool.strict ?? false,
    ...own,
    ...spread(other),
  });
}

/** The grammar of a custom tool as chat completions nest it, flat as it is here. */
function chatGrammar({ native }: ChatTool): unknown {
  if (native?.format !== "openai_chat") return undefined;
  const custom = isJsonObject(native.members.custom) ? native.members.custom : native.members;
  const { format } = custom;
  if (!isJsonObject(format) || !isJsonObject(format.grammar)) return format;
  return { type: "grammar", ...format.grammar };
}

/** Writes `tool_choice`. */
export function writeToolChoice(
  choice: ChatToolChoice | undefined,
  tools: readonly ChatTool[],
  nameOf: (name: string) => string,
): unknown {
  if (choice?.only === undefined || choice.mode === "none") return choice?.mode;
  const named = choice.only.map((name) => {
    const tool = tools.find((each) => each.name === name);
    const type = tool?.kind === "custom" ? "custom" : "function";
    return tool?.namespace === undefined ? { type, name: nameOf(name) } : { type, ...wireName(name, tools) };
  });
  if (choice.mode === "required" && named.length === 1) return named[0];
  return { type: "allowed_tools", mode: choice.mode, tools: named };
}
