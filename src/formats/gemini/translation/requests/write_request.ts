import type { ChatRequest, TextPart } from "../../../../core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext, WrittenRequest } from "../../../translation/translation.ts";
import { modelPath } from "../../paths.ts";
import { nativeMembers } from "../own_members.ts";
import { writeConfig } from "./write_config.ts";
import { writeContents } from "./write_contents.ts";
import { writeToolConfig, writeTools } from "./write_tools.ts";

/** Objects of a request that members only Gemini knows may stand in, by the prefix of their dotted names. */
const HOLDERS = [
  "generationConfig.thinkingConfig",
  "generationConfig",
  "toolConfig.functionCallingConfig",
  "toolConfig",
];

/** Writes a request for an answer, streamed as server-sent events where the client asked for a stream. */
export function writeChatRequest(request: ChatRequest, context: WriteContext): WrittenRequest {
  const verb = request.stream ? "streamGenerateContent" : "generateContent";
  return {
    path: modelPath(context.model, verb),
    query: request.stream ? "alt=sse" : "",
    body: requestBody(request, context),
  };
}

/** The body of a `GenerateContentRequest`, without the model's name. */
export function requestBody(request: ChatRequest, context: WriteContext): JsonObject {
  tellLosses(request, context);
  const system = writeSystem(request.system);
  const tools = writeTools(request.tools, context);
  const own = ownMembers(nativeMembers(request.native));
  const body: JsonObject = {
    ...(system === undefined ? {} : { systemInstruction: system }),
    contents: writeContents(request.turns, context),
    ...(tools.length === 0 ? {} : { tools }),
  };
  const toolConfig = withOwn(writeToolConfig(request, context), "toolConfig", own);
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  const config = withOwn(writeConfig(request, context), "generationConfig", own);
  if (config !== undefined) body.generationConfig = config;
  return { ...body, ...own.get("") };
}

/** What the format has no member for, whatever else is asked. */
function tellLosses(request: ChatRequest, { losses }: WriteContext): void {
  if (request.parallelTools === false) losses.drop("parallelTools");
  if (request.user !== undefined) losses.drop("user");
  if (request.tier !== undefined && request.tier !== "auto" && request.tier !== "default") {
    losses.drop("tier");
  }
  for (const name of Object.keys(request.openai ?? {})) losses.drop("openai", name);
  const hasCacheMark = [...request.system, ...request.tools, ...request.turns.flatMap((turn) => turn.parts)]
    .some((holder) => "cache" in holder && holder.cache !== undefined);
  if (hasCacheMark) losses.drop("cache");
}

function writeSystem(system: readonly TextPart[]): JsonObject | undefined {
  const parts = system.filter(({ text }) => text !== "").map(({ text }) => ({ text }));
  return parts.length === 0 ? undefined : { parts };
}

/** Members that only Gemini knows, by the object they stand in; "" is the request itself. */
function ownMembers(members: JsonObject): Map<string, JsonObject> {
  const byHolder = new Map<string, [string, unknown][]>();
  for (const [path, value] of Object.entries(members)) {
    const holder = HOLDERS.find((name) => path.startsWith(`${name}.`)) ?? "";
    const name = holder === "" ? path : path.slice(holder.length + 1);
    byHolder.set(holder, byHolder.get(holder) ?? []);
    byHolder.get(holder)?.push([name, value]);
  }
  return new Map([...byHolder].map(([holder, entries]) => [holder, Object.fromEntries(entries)]));
}

/** An object with its own members in it, and in the one inside it; undefined where that leaves it empty. */
function withOwn(object: JsonObject, holder: string, own: Map<string, JsonObject>): JsonObject | undefined {
  const inner = HOLDERS.find((name) => name.startsWith(`${holder}.`)) ?? "";
  const innerName = inner.slice(holder.length + 1);
  const innerOwn = own.get(inner);
  const merged: JsonObject = { ...object, ...own.get(holder) };
  const written = merged[innerName];
  if (innerOwn !== undefined) merged[innerName] = { ...isJsonObject(written) ? written : {}, ...innerOwn };
  return Object.keys(merged).length === 0 ? undefined : merged;
}
