import type { ChatTool, ChatToolChoice } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { jsonSchema } from "../json_schema.ts";
import { invalid, type Members } from "../members.ts";
import { asNative } from "../own_members.ts";
import { prefixed } from "./read_config.ts";

/** Gemini's modes of calling functions in the hub's words; `VALIDATED` is `auto` with arguments held to their schema. */
const MODES: Readonly<Record<string, ChatToolChoice["mode"]>> = {
  AUTO: "auto",
  VALIDATED: "auto",
  ANY: "required",
  NONE: "none",
};

/** Reads `tools` and `toolConfig` out of a request. */
export function readTools(body: Members): {
  tools: ChatTool[];
  toolChoice: ChatToolChoice | undefined;
  native: JsonObject;
} {
  const tools = body.objects("tools").flatMap(readTool);
  const config = body.object("toolConfig");
  const calling = config?.object("functionCallingConfig");
  const { toolChoice, mode } = calling === undefined ? {} : readMode(calling);
  const native: JsonObject = {
    ...(mode === undefined ? {} : { "toolConfig.functionCallingConfig.mode": mode }),
    ...prefixed("toolConfig.functionCallingConfig", calling?.rest()),
    ...prefixed("toolConfig", config?.rest()),
  };
  return { tools, toolChoice, native };
}

/** The functions of one entry, and each tool in it that runs at Google. */
function readTool(tool: Members): ChatTool[] {
  const functions = tool.objects("functionDeclarations").map(readFunction);
  const native = Object.entries(tool.rest() ?? {}).map(([name, value]): ChatTool => ({
    kind: "native",
    name,
    ...asNative({ [name]: value }),
  }));
  return [...functions, ...native];
}

function readFunction(declaration: Members): ChatTool {
  const name = declaration.text("name");
  if (name === undefined || name === "") throw invalid(declaration.at("name"), "must name the function");
  const description = declaration.text("description");
  const schema = declaration.json("parametersJsonSchema");
  const older = declaration.json("parameters");
  const parameters = schema ?? (older && jsonSchema(older));
  return {
    kind: "function",
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...asNative(declaration.rest()),
  };
}

function readMode(
  calling: Members,
): { toolChoice?: ChatToolChoice | undefined; mode?: string | undefined } {
  const word = calling.text("mode")?.toUpperCase();
  const names = calling.texts("allowedFunctionNames") ?? [];
  if (word === undefined || word === "MODE_UNSPECIFIED") return {};
  const mode = MODES[word];
  if (mode === undefined) {
    throw invalid(calling.at("mode"), `must be one of ${Object.keys(MODES).join(", ")}`);
  }
  const isValidated = word === "VALIDATED";
  // Names mean something only where calls are validated or forced.
  const only = names.length > 0 && (mode === "required" || isValidated) ? { only: names } : {};
  return {
    toolChoice: { mode, ...only },
    ...(isValidated && names.length === 0 ? { mode: word } : {}),
  };
}
