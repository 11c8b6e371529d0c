// deno-lint-ignore-file camelcase -- the names are those of the wire
import { jsonAnswer, type SimulatedAnswer, type SimulatedRequest } from "../answer.ts";
import { type Conversation, readInput } from "../text/conversation.ts";
import { countIn, type JsonObject, modelIn, objectIn, parseJsonObject, textIn } from "../text/json.ts";
import { makeReply, type Reply, type ReplyWish } from "../text/reply.ts";
import { chooseTool } from "../text/tool_choice.ts";
import { responseEvents } from "./response_events.ts";

/** `POST /v1/responses`, streamed or not; nothing is stored. */
export function response(request: SimulatedRequest): SimulatedAnswer {
  const body = parseJsonObject(request.body);
  const model = modelIn(body);
  const conversation = readInput(body);
  const reply = makeReply({
    vendor: request.vendor,
    model,
    conversation,
    call: conversation.userSpoke ? chooseTool(body, conversation.userText) : undefined,
    shape: shapeOf(body),
    stop: [],
    maxTokens: countIn(body, "max_output_tokens", [1, 1e9], undefined),
  });
  const whole = {
    id: request.newId("resp_"),
    object: "response",
    created_at: request.createdSeconds,
    status: reply.finish === "length" ? "incomplete" : "completed",
    background: false,
    error: null,
    incomplete_details: reply.finish === "length" ? { reason: "max_output_tokens" } : null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    metadata: body["metadata"] ?? {},
    model,
    output: itemsOf(request, reply),
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: body["previous_response_id"] ?? null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: body["temperature"] ?? 1,
    text: body["text"] ?? { format: { type: "text" } },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: body["tools"] ?? [],
    top_p: body["top_p"] ?? 1,
    truncation: "disabled",
    usage: usageOf(conversation, reply),
    user: null,
  };
  if (body["stream"] === true) return { kind: "events", events: responseEvents(whole, reply) };
  return jsonAnswer(whole, reply.outputTokens);
}

function shapeOf(body: JsonObject): ReplyWish["shape"] {
  const format = objectIn(objectIn(body, "text") ?? {}, "format");
  const type = format === undefined ? undefined : textIn(format, "type");
  if (type === "json_object") return { kind: "json" };
  return format !== undefined && type === "json_schema"
    ? { kind: "schema", schema: format["schema"] }
    : { kind: "text" };
}

/** The finished output items, in order. */
function itemsOf(request: SimulatedRequest, reply: Reply): readonly JsonObject[] {
  const items: JsonObject[] = [];
  if (reply.reasoning.length > 0) {
    items.push({
      id: request.newId("rs_"),
      type: "reasoning",
      summary: [{ type: "summary_text", text: reply.reasoning.join("") }],
    });
  }
  if (reply.call === undefined) {
    items.push({
      id: request.newId("msg_"),
      type: "message",
      status: reply.finish === "length" ? "incomplete" : "completed",
      role: "assistant",
      content: [{ type: "output_text", annotations: [], logprobs: [], text: reply.content.join("") }],
    });
  } else {
    const isFunction = reply.call.kind === "function";
    items.push({
      id: request.newId(isFunction ? "fc_" : "ctc_"),
      type: isFunction ? "function_call" : "custom_tool_call",
      status: "completed",
      call_id: request.newId("call_"),
      name: reply.call.name,
      [isFunction ? "arguments" : "input"]: reply.call.input,
    });
  }
  return items;
}

function usageOf(conversation: Conversation, reply: Reply): JsonObject {
  return {
    input_tokens: conversation.promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: reply.outputTokens,
    output_tokens_details: { reasoning_tokens: reply.reasoning.length },
    total_tokens: conversation.promptTokens + reply.outputTokens,
  };
}
