// deno-lint-ignore-file camelcase -- the names are those of the wire
import {
  dataEvent,
  jsonAnswer,
  type PacedEvent,
  type SimulatedAnswer,
  type SimulatedRequest,
} from "../answer.ts";
import { type Conversation, readMessages } from "../text/conversation.ts";
import { countIn, type JsonObject, modelIn, objectIn, parseJsonObject, textIn } from "../text/json.ts";
import { makeReply, type Reply, type ReplyWish } from "../text/reply.ts";
import { tokensOf } from "../text/tokens.ts";
import { chooseTool } from "../text/tool_choice.ts";
import { stopsIn } from "../text/stops.ts";

/** Most choices of one answer, as at OpenAI. */
const MAX_CHOICES = 128;

/** `POST /v1/chat/completions`, streamed or not. */
export function chatCompletion(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const model = modelIn(body);
  const conversation = readMessages(body);
  const choices = countIn(body, "n", [1, MAX_CHOICES], 1);
  const reply = makeReply({
    vendor: request.vendor,
    model,
    conversation,
    call: conversation.userSpoke ? chooseTool(body, conversation.userText) : undefined,
    shape: shapeOf(body),
    stop: stopsIn(body),
    maxTokens: countIn(
      body,
      "max_completion_tokens",
      [1, 1e9],
      countIn(body, "max_tokens", [1, 1e9], undefined),
    ),
  });
  const head = {
    id: request.newId("chatcmpl-"),
    created: request.createdSeconds,
    model,
    system_fingerprint: `fp_simulated_${request.vendor}`,
  };
  const usage = usageOf(conversation, reply, choices);
  const callIds = Array.from({ length: choices }, () => request.newId("call_"));
  if (body["stream"] === true) {
    const withUsage = objectIn(body, "stream_options")?.["include_usage"] === true;
    return { kind: "events", events: chunksOf(head, reply, callIds, withUsage ? usage : undefined) };
  }
  return jsonAnswer({
    ...head,
    object: "chat.completion",
    choices: callIds.map((callId, index) => ({
      index,
      message: messageOf(reply, callId),
      logprobs: null,
      finish_reason: reply.finish,
    })),
    usage,
    service_tier: "default",
  }, reply.outputTokens);
}

function shapeOf(body: JsonObject): ReplyWish["shape"] {
  const format = objectIn(body, "response_format");
  const type = format === undefined ? undefined : textIn(format, "type");
  if (type === "json_object") return { kind: "json" };
  if (format === undefined || type !== "json_schema") return { kind: "text" };
  return { kind: "schema", schema: objectIn(format, "json_schema")?.["schema"] };
}

function messageOf(reply: Reply, callId: string): JsonObject {
  const text = reply.content.join("");
  return {
    role: "assistant",
    content: reply.call === undefined ? text : null,
    refusal: null,
    annotations: [],
    ...(reply.reasoning.length > 0 ? { reasoning_content: reply.reasoning.join("") } : {}),
    ...(reply.call === undefined ? {} : { tool_calls: [callOf(reply.call, callId, reply.call.input)] }),
  };
}

function callOf(call: NonNullable<Reply["call"]>, id: string, input: string): JsonObject {
  return call.kind === "function"
    ? { id, type: "function", function: { name: call.name, arguments: input } }
    : { id, type: "custom", custom: { name: call.name, input } };
}

function usageOf(conversation: Conversation, reply: Reply, choices: number): JsonObject {
  const completion = reply.outputTokens * choices;
  return {
    prompt_tokens: conversation.promptTokens,
    completion_tokens: completion,
    total_tokens: conversation.promptTokens + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reply.reasoning.length * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The stream's events: choice by choice, then the usage where it was asked for, then the end mark. */
function* chunksOf(
  head: JsonObject,
  reply: Reply,
  callIds: readonly string[],
  usage: JsonObject | undefined,
): Generator<PacedEvent> {
  // All chunks begin and end alike: only the delta between is made anew for each.
  const before = JSON.stringify({ ...head, object: "chat.completion.chunk" }).slice(0, -1);
  const after = usage === undefined ? "]}" : `],"usage":null}`;
  const chunk = (index: number, delta: string, tokens: number, finish: string | null = null) =>
    dataEvent(
      `${before},"choices":[{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${
        JSON.stringify(finish)
      }}${after}`,
      tokens,
    );
  for (const [index, callId] of callIds.entries()) {
    yield chunk(
      index,
      `{"role":"assistant","content":${reply.call === undefined ? `""` : "null"},"refusal":null}`,
      0,
    );
    for (const piece of reply.reasoning) {
      yield chunk(index, `{"reasoning_content":${JSON.stringify(piece)}}`, 1);
    }
    for (const piece of reply.content) yield chunk(index, `{"content":${JSON.stringify(piece)}}`, 1);
    if (reply.call !== undefined) {
      const first = { tool_calls: [{ index: 0, ...callOf(reply.call, callId, "") }] };
      yield chunk(index, JSON.stringify(first), 1);
      const member = reply.call.kind === "function" ? "function" : "custom";
      const field = reply.call.kind === "function" ? "arguments" : "input";
      for (const piece of tokensOf(reply.call.input)) {
        yield chunk(index, JSON.stringify({ tool_calls: [{ index: 0, [member]: { [field]: piece } }] }), 1);
      }
    }
    yield chunk(index, "{}", 0, reply.finish);
  }
  if (usage !== undefined) yield dataEvent(`${before},"choices":[],"usage":${JSON.stringify(usage)}}`);
  yield dataEvent("[DONE]");
}
