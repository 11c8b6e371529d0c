import type { ChatPart, ChatRequest, ChatTurn, ToolCallPart, ToolResultPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { wireCallId } from "../../../translation/tool_names.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { writeGoogleSignature } from "../../shared/google_signature.ts";
import { withNative } from "../../shared/native_members.ts";
import { CALL_ID_RULE, TOOL_NAME_RULE } from "../../shared/wire_rules.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { writeContent } from "./write_content.ts";

/** What a tool message says whose pictures follow in the user's next one: it may not be without text. */
const MEDIA_FOLLOW = "The result follows in the next user message.";

/** Begins the text of a result that tells a failure: OpenAI chat has no other place to say it. */
const FAILURE_MARK = "Error: ";

/** A result of which nothing says that it failed needs the mark. */
const TELLS_FAILURE = /^\W*(error|fail)/i;

/**
 * Writes the instructions and turns as `messages`. Between two turns of the model the results of its calls come
 * first, because OpenAI wants them right after the calls, whatever else the client put before them.
 */
export function writeMessages(request: ChatRequest, context: WriteContext): JsonObject[] {
  const messages: JsonObject[] = [];
  const system = writeContent(request.system, context);
  if (system !== undefined) messages.push({ role: instructionRole(context), content: system });
  let between: ChatTurn[] = [];
  for (const turn of request.turns) {
    if (turn.role !== "assistant") {
      between.push(turn);
      continue;
    }
    messages.push(...writeBetween(between, context), ...writeAssistant(turn, context));
    between = [];
  }
  messages.push(...writeBetween(between, context));
  return messages;
}

function instructionRole({ traits }: WriteContext): string {
  return traits.developerRole === true ? "developer" : "system";
}

function isResult(part: ChatPart): part is ToolResultPart {
  return part.kind === "tool_result";
}

/** Turns of the user and instructions up to the model's next turn. */
function writeBetween(turns: readonly ChatTurn[], context: WriteContext): JsonObject[] {
  const results = turns.flatMap((turn) => turn.parts.filter(isResult));
  const messages = results.map((result) => writeResult(result, context));
  const media = results.flatMap(mediaOf);
  if (media.length > 0) {
    context.losses.drop("toolResultMedia");
    messages.push({ role: "user", content: writeContent(media, context) });
  }
  for (const turn of turns) {
    const parts = turn.parts.filter((part) => !isResult(part));
    if (parts.length === 0 && turn.parts.length > 0) continue;
    const role = turn.role === "system" ? instructionRole(context) : "user";
    messages.push(endMessage({ role, content: writeContent(parts, context) ?? "" }, turn));
  }
  return messages;
}

function endMessage(message: JsonObject, { name, native }: ChatTurn): JsonObject {
  return withNative({ ...message, ...(name !== undefined && { name }) }, native, OPENAI_CHAT);
}

function writeResult(result: ToolResultPart, context: WriteContext): JsonObject {
  const texts = result.parts.filter((part) => part.kind === "text");
  const first = texts[0];
  const isMarked = result.isError && !TELLS_FAILURE.test(first?.text ?? "");
  if (result.isError) context.losses.drop("isError");
  const marked = isMarked
    ? [{ ...first, kind: "text" as const, text: FAILURE_MARK + (first?.text ?? "") }, ...texts.slice(1)]
    : texts;
  const nothing = result.parts.length > 0 ? MEDIA_FOLLOW : "";
  const message = {
    role: "tool",
    ["tool_call_id"]: wireCallId(result.callId, CALL_ID_RULE),
    content: writeContent(marked, context) ?? nothing,
  };
  return withNative(message, result.native, OPENAI_CHAT);
}

/** The pictures and files of a result, told apart by a line of text: tool messages take text alone. */
function mediaOf(result: ToolResultPart): ChatPart[] {
  const media = result.parts.filter((part) => part.kind !== "text");
  if (media.length === 0) return [];
  const text = `From the result of the tool call ${result.callId}${result.name ? ` (${result.name})` : ""}:`;
  return [{ kind: "text", text }, ...media];
}

/** The model's turn; no message where nothing of it can be told. */
function writeAssistant(turn: ChatTurn, context: WriteContext): JsonObject[] {
  const calls: JsonObject[] = [];
  const content: ChatPart[] = [];
  let refusal = "";
  let reasoning = "";
  let hadThought = false;
  for (const part of turn.parts) {
    if (part.kind === "tool_call") calls.push(writeCall(part, context));
    else if (part.kind === "refusal") refusal += part.text;
    else if (part.kind !== "reasoning") content.push(contentOnly(part, context));
    else {
      if (part.signature !== undefined) context.losses.drop("reasoningSignature");
      if (context.traits.reasoningReplay === true) reasoning += part.text;
      else if (part.text !== "") context.losses.drop("reasoningText");
      hadThought = true;
    }
  }
  const isEmpty = calls.length === 0 && content.length === 0 && refusal === "" && reasoning === "";
  if (isEmpty && hadThought) return [];
  const message = {
    role: "assistant",
    content: writeContent(content, context) ?? (calls.length > 0 || refusal !== "" ? null : ""),
    ...(reasoning !== "" && { ["reasoning_content"]: reasoning }),
    ...(refusal !== "" && { refusal }),
    ...(calls.length > 0 && { ["tool_calls"]: calls }),
  };
  return [endMessage(message, turn)];
}

function contentOnly(part: ChatPart, context: WriteContext): ChatPart {
  if (part.kind === "text" || part.kind === "native") return part;
  return context.losses.refuse("messages", `OpenAI chat takes no ${part.kind} in a turn of the model`);
}

function writeCall(call: ToolCallPart, context: WriteContext): JsonObject {
  const id = wireCallId(call.id, CALL_ID_RULE);
  const name = context.names.wire(call.name, TOOL_NAME_RULE);
  const signature = context.traits.reasoningReplay === true ? writeGoogleSignature(call.signature) : {};
  if (call.signature !== undefined && Object.keys(signature).length === 0) {
    context.losses.drop("reasoningSignature");
  }
  const written = call.custom === true
    ? { id, type: "custom", custom: { name, input: call.arguments } }
    : { id, type: "function", function: { name, arguments: call.arguments || "{}" } };
  return withNative({ ...written, ...signature }, call.native, OPENAI_CHAT);
}
