import type { ChatAnswer, ChatChoice, ChatPart, ChatRequest, ToolCallPart } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { AnswerContext } from "../../../translation/translation.ts";
import { writeGoogleSignature } from "../../shared/google_signature.ts";
import { withNative } from "../../shared/native_members.ts";
import { writeLogprobs } from "../../shared/token_logprobs.ts";
import { OPENAI_CHAT } from "../format_name.ts";
import { writeUsage } from "./answer_usage.ts";
import { writeFinish } from "./finish_words.ts";

/** The answer's id in OpenAI's style, made of the request's. */
export function answerId(requestId: string): string {
  return `chatcmpl-${requestId}`;
}

/** Writes a whole chat completion. What OpenAI's SDKs count on is there also where it is null. */
export function writeAnswer(answer: ChatAnswer, context: AnswerContext<ChatRequest>): JsonObject {
  const written = {
    id: answerId(context.requestId),
    object: "chat.completion",
    created: context.createdSeconds,
    model: context.model,
    choices: answer.choices.map(writeChoice),
    ...(answer.usage && { usage: writeUsage(answer.usage) }),
  };
  return withNative(written, answer.native, OPENAI_CHAT);
}

function writeChoice({ index, parts, finish, logprobs }: ChatChoice): JsonObject {
  const calls = parts.filter((part) => part.kind === "tool_call");
  const told = finish === "stop" && calls.length > 0 ? "tool_calls" : finish;
  return {
    index,
    message: writeMessage(parts, calls),
    logprobs: logprobs === undefined ? null : { content: writeLogprobs(logprobs), refusal: null },
    ["finish_reason"]: writeFinish(told),
  };
}

function writeMessage(parts: readonly ChatPart[], calls: readonly ToolCallPart[]): JsonObject {
  const texts = parts.filter((part) => part.kind === "text");
  const reasoning = textOf(parts, "reasoning");
  const message = {
    role: "assistant",
    content: texts.length === 0 ? null : textOf(parts, "text"),
    refusal: textOf(parts, "refusal") || null,
    ...(reasoning !== "" && { ["reasoning_content"]: reasoning }),
    ...(calls.length > 0 && { ["tool_calls"]: calls.map(writeCall) }),
    ...ownAudio(parts),
  };
  return texts.reduce<JsonObject>((whole, { native }) => withNative(whole, native, OPENAI_CHAT), message);
}

function textOf(parts: readonly ChatPart[], kind: "text" | "reasoning" | "refusal"): string {
  return parts.map((part) => part.kind === kind ? part.text : "").join("");
}

function ownAudio(parts: readonly ChatPart[]): JsonObject {
  const audio = parts.find((part) =>
    part.kind === "native" && part.format === OPENAI_CHAT && part.name === "audio"
  );
  return audio?.kind === "native" ? { audio: audio.value } : {};
}

function writeCall(call: ToolCallPart): JsonObject {
  const { id, name, custom } = call;
  const called = custom === true
    ? { id, type: "custom", custom: { name, input: call.arguments } }
    : { id, type: "function", function: { name, arguments: call.arguments || "{}" } };
  return { ...called, ...writeGoogleSignature(call.signature) };
}
