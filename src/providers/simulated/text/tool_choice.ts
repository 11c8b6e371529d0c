import { isJsonObject, type JsonObject, listIn, objectIn, textIn } from "./json.ts";
import { jsonSample } from "./json_sample.ts";

/** A call the simulated model makes. */
export interface SimulatedCall {
  readonly kind: "function" | "custom";
  readonly name: string;
  /** JSON text for a function, free text for a custom tool. */
  readonly input: string;
}

/**
 * The call for a request's `tools` and `tool_choice`, in the spelling of chat completions (`{type, function: {…}}`)
 * or of Responses (`{type, name, …}`): the named tool, else the first; undefined when there is none that the
 * client itself runs, or when it wants none.
 */
export function chooseTool(body: JsonObject, userText: string): SimulatedCall | undefined {
  const choice = body["tool_choice"];
  if (choice === "none") return undefined;
  const tools = listIn(body, "tools").filter(isJsonObject).flatMap((tool) => readTool(tool) ?? []);
  const wanted = isJsonObject(choice) ? readTool(choice)?.name : undefined;
  const tool = tools.find((tool) => wanted === undefined || tool.name === wanted);
  if (tool === undefined) return undefined;
  const input = tool.kind === "custom"
    ? `simulated input: ${userText}`
    : JSON.stringify(argumentsFor(tool.parameters));
  return { kind: tool.kind, name: tool.name, input };
}

interface Tool {
  readonly kind: SimulatedCall["kind"];
  readonly name: string;
  readonly parameters: unknown;
}

function readTool(tool: JsonObject): Tool | undefined {
  const kind = tool["type"];
  if (kind !== "function" && kind !== "custom") return undefined;
  const inner = objectIn(tool, kind) ?? tool;
  const name = textIn(inner, "name");
  return name === undefined ? undefined : { kind, name, parameters: inner["parameters"] };
}

/** A tool without parameters is called with an empty object; whatever the schema says, arguments are an object. */
function argumentsFor(parameters: unknown): JsonObject {
  const sample = isJsonObject(parameters) ? jsonSample(parameters) : {};
  return isJsonObject(sample) ? sample : {};
}
