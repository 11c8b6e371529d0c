import type { ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { invalid, Members, ownNative, RESPONSES } from "../wire.ts";

const FUNCTION_MEMBERS = new Set([
  "type",
  "name",
  "description",
  "parameters",
  "strict",
  "defer_loading",
  "allowed_callers",
  "output_schema",
  "async",
]);

/** The hub's name of a tool: flattened where it stands in a namespace. */
export function flatName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

/** Reads `tools`. A namespace becomes its tools; what runs at the vendor stays as it is. */
export function readTools(body: Members): readonly ChatTool[] {
  const tools = (body.objects("tools") ?? []).flatMap((tool) =>
    tool.value("type") === "namespace" ? readNamespace(tool) : [readTool(tool)]
  );
  checkFlatNames(tools);
  return tools;
}

function readNamespace(space: Members): readonly ChatTool[] {
  const name = space.needText("name");
  const told = { name, description: space.text("description") };
  return (space.objects("tools") ?? []).map((member) => readTool(member, told));
}

function readTool(
  tool: Members,
  space?: { readonly name: string; readonly description: string | undefined },
): ChatTool {
  const type = tool.needText("type");
  const own: JsonObject = { namespace: space };
  if (type === "function") return readFunction(tool, space?.name, own);
  const native = { format: RESPONSES, members: { ...tool.object, ...(space && own) } };
  if (type !== "custom") return { kind: "native", name: type, native };
  return {
    kind: "custom",
    name: flatName(tool.needText("name"), space?.name),
    description: tool.text("description"),
    namespace: space?.name,
    native,
  };
}

function readFunction(tool: Members, namespace: string | undefined, own: JsonObject): ChatTool {
  return {
    kind: "function",
    name: flatName(tool.needText("name"), namespace),
    description: tool.text("description"),
    parameters: tool.members("parameters")?.object,
    strict: tool.boolean("strict"),
    namespace,
    native: ownNative({
      ...own,
      defer_loading: tool.value("defer_loading"),
      allowed_callers: tool.value("allowed_callers"),
      output_schema: tool.value("output_schema"),
      async: tool.value("async"),
      other: tool.others(FUNCTION_MEMBERS),
    }),
  };
}

/** Two tools that flatten to one name could not be told apart in the answer. */
function checkFlatNames(tools: readonly ChatTool[]): void {
  const seen = new Map<string, string | undefined>();
  for (const { kind, name, namespace } of tools) {
    if (kind === "native") continue;
    if (seen.has(name) && seen.get(name) !== namespace) {
      invalid("tools", `holds two tools that are both called '${name}' once namespaces are flattened`);
    }
    seen.set(name, namespace);
  }
}

/** A choice, or the vendor's own word where it names a tool that runs there. */
export interface ReadToolChoice {
  readonly choice?: ChatToolChoice | undefined;
  readonly native?: unknown;
}

/** Reads `tool_choice`: a mode, one tool, or some that are allowed. */
export function readToolChoice(body: Members): ReadToolChoice {
  const value = body.value("tool_choice");
  if (value === undefined) return {};
  if (typeof value === "string") {
    return value === "auto" || value === "none" || value === "required"
      ? { choice: { mode: value } }
      : invalid("tool_choice", "must be 'auto', 'none', 'required' or an object");
  }
  const choice = body.members("tool_choice") ?? new Members({});
  const type = choice.needText("type");
  if (isNamed(type)) return { choice: { mode: "required", only: [chosenName(choice)] } };
  if (type !== "allowed_tools") return { native: value };
  const allowed = choice.objects("tools") ?? [];
  if (allowed.some((tool) => !isNamed(tool.value("type")))) return { native: value };
  const mode = choice.text("mode") === "required" ? "required" : "auto";
  return { choice: { mode, only: allowed.map(chosenName) } };
}

function isNamed(type: unknown): boolean {
  return type === "function" || type === "custom";
}

function chosenName(tool: Members): string {
  return flatName(tool.needText("name"), tool.text("namespace"));
}
