import type { ChatRequest, TextPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ReceivedRequest } from "../../../translation/translation.ts";
import { invalid, Members } from "../members.ts";
import { asNative } from "../own_members.ts";
import { readConfig } from "./read_config.ts";
import { readTools } from "./read_tools.ts";
import { readTurns } from "./read_turns.ts";

/** Reads a `GenerateContentRequest`, as it is alone or inside a request to count its tokens. */
export function readChatRequest(
  { body, model, stream }: Omit<ReceivedRequest, "path" | "query" | "headers">,
) {
  return requestOf(new Members(body, ""), model, stream);
}

/** The same of members of which some are taken already. */
export function requestOf(body: Members, model: string | undefined, stream: boolean): ChatRequest {
  body.take("model"); // The path says it.
  const system = readSystem(body.object("systemInstruction"));
  const contents = body.objects("contents");
  const { tools, toolChoice, native: toolConfig } = readTools(body);
  const { settings, native: config } = readConfig(body.object("generationConfig"));
  const native: JsonObject = { ...config, ...toolConfig, ...body.rest() };
  return {
    model,
    stream,
    streamUsage: true,
    system,
    turns: readTurns(contents),
    tools,
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...settings,
    ...asNative(native),
  };
}

/** Texts of the system instruction; its role says nothing. The API takes no other parts there. */
function readSystem(content: Members | undefined): TextPart[] {
  if (content === undefined) return [];
  return content.objects("parts").map((part) => {
    const text = part.text("text");
    if (text === undefined) throw invalid(part.path, "must hold a text: instructions can hold nothing else");
    return { kind: "text", text };
  });
}
