import { list, members, text } from "./json.ts";
import {
  openaiAuthorized,
  openaiError,
  openaiModels,
  openaiNotFound,
  openaiRefusal,
} from "./openai_errors.ts";
import { readResponses, RESPONSES_ENCRYPTED } from "./openai_responses_check.ts";
import { type Plan, planFor } from "./plan.ts";
import {
  jsonReply,
  startVendor,
  streamReply,
  type Vendor,
  type VendorReply,
  type VendorRequest,
} from "./vendor_server.ts";

/** The model it has. */
export const RESPONSES_MODEL = "gpt-5.1-codex";

/** A vendor that speaks OpenAI's Responses and nothing else, with Azure's `/openai/v1/responses` and `/openai/responses` beside it. */
export function openaiResponsesVendor(): Promise<Vendor> {
  const key = "sk-responses-vendor";
  return startVendor(key, { refusal: openaiRefusal, respond: (request) => respond(request, key) });
}

function respond(request: VendorRequest, key: string): VendorReply {
  const { method, path, body } = request;
  if (!openaiAuthorized(request, key)) return openaiError(401);
  if (/^\/(openai\/)?v1\/models$/.test(path)) return openaiModels(RESPONSES_MODEL);
  if (method === "POST" && path === "/v1/responses/input_tokens") {
    readResponses(body);
    return jsonReply(200, { object: "response.input_tokens", "input_tokens": 21 });
  }
  if (method !== "POST" || !/^(\/openai)?(\/v1)?\/responses$/.test(path)) return openaiNotFound(request);
  const plan = planFor(readResponses(body));
  if ("status" in plan) return openaiError(plan.status);
  const headers = { "x-request-id": "req_vendor", "openai-processing-ms": "12" };
  const response = wholeResponse(plan, members(body));
  if (members(body)["stream"] !== true) return jsonReply(200, response, headers);
  const { pieces, opening } = events(plan, response);
  return streamReply(pieces, { transport: plan.transport, content: opening + 1 }, headers);
}

interface Item extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly type: string;
}

function items(plan: Plan, sealed: boolean): Item[] {
  const summary = [{ type: "summary_text", text: plan.reasoning.join("") }];
  const content = [{ type: "output_text", text: plan.text.join(""), annotations: [], logprobs: [] }];
  return [
    ...(plan.reasoning.length === 0 ? [] : [{
      id: "rs_vendor0",
      type: "reasoning",
      summary,
      ...(sealed ? { "encrypted_content": RESPONSES_ENCRYPTED } : {}),
    }]),
    ...(plan.text.length === 0
      ? []
      : [{ id: "msg_vendor0", type: "message", status: "completed", role: "assistant", content }]),
    ...plan.calls.map(({ name, pieces }, index) => ({
      id: `fc_vendor${index}`,
      type: "function_call",
      status: "completed",
      "call_id": `call_vendor_${index}`,
      name,
      arguments: pieces.join(""),
    })),
  ];
}

function wholeResponse(plan: Plan, asked: Readonly<Record<string, unknown>>) {
  const { usage } = plan;
  return {
    id: "resp_67ccd2bed1ec8190b14f964abc054267",
    object: "response",
    "created_at": 1_763_700_000,
    status: "completed",
    background: false,
    error: null,
    "incomplete_details": null,
    instructions: asked["instructions"] ?? null,
    "max_output_tokens": asked["max_output_tokens"] ?? null,
    model: text(asked["model"]),
    output: items(plan, list(asked["include"]).includes("reasoning.encrypted_content")),
    "parallel_tool_calls": asked["parallel_tool_calls"] ?? true,
    "previous_response_id": null,
    reasoning: asked["reasoning"] ?? { effort: null, summary: null },
    store: asked["store"] ?? true,
    temperature: asked["temperature"] ?? 1,
    text: asked["text"] ?? { format: { type: "text" } },
    "tool_choice": asked["tool_choice"] ?? "auto",
    tools: asked["tools"] ?? [],
    "top_p": 1,
    truncation: "disabled",
    usage: {
      "input_tokens": usage.inputTokens,
      "input_tokens_details": {
        "cached_tokens": usage.cachedInputTokens,
        "cache_write_tokens": usage.cacheWriteTokens,
      },
      "output_tokens": usage.outputTokens,
      "output_tokens_details": { "reasoning_tokens": usage.reasoningTokens },
      "total_tokens": usage.inputTokens + usage.outputTokens,
    },
    user: null,
    metadata: asked["metadata"] ?? {},
  };
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

/** All events in order, and how many come before the first content. */
function events(plan: Plan, response: ReturnType<typeof wholeResponse>) {
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  const opening: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
  ];
  const texts = response.output.filter(({ type }) => type !== "function_call");
  const calls = response.output.filter(({ type }) => type === "function_call");
  const all = [
    ...opening,
    ...texts.flatMap((item, index) => textEvents(item, index, plan)),
    ...callEvents(calls, texts.length, plan),
    { type: "response.completed", response },
  ];
  return {
    pieces: all.map((event, index) =>
      `event: ${event.type}\ndata: ${JSON.stringify({ ...event, "sequence_number": index })}\n\n`
    ),
    opening: opening.length + 2,
  };
}

function textEvents(item: Item, index: number, plan: Plan): Event[] {
  const isReasoning = item.type === "reasoning";
  const place = {
    "item_id": item.id,
    "output_index": index,
    ...(isReasoning ? { "summary_index": 0 } : { "content_index": 0 }),
  };
  const pieces = isReasoning ? plan.reasoning : plan.text;
  const whole = pieces.join("");
  const part = (text: string) =>
    isReasoning
      ? { type: "summary_text", text }
      : { type: "output_text", text, annotations: [], logprobs: [] };
  const empty = isReasoning
    ? { id: item.id, type: item.type, summary: [] }
    : { ...item, status: "in_progress", content: [] };
  const [partName, textName] = isReasoning
    ? ["reasoning_summary_part", "reasoning_summary_text"]
    : ["content_part", "output_text"];
  const logprobs = isReasoning ? {} : { logprobs: [] };
  return [
    { type: "response.output_item.added", "output_index": index, item: empty },
    { type: `response.${partName}.added`, ...place, part: part("") },
    ...pieces.map((delta) => ({ type: `response.${textName}.delta`, ...place, delta, ...logprobs })),
    { type: `response.${textName}.done`, ...place, text: whole, ...logprobs },
    { type: `response.${partName}.done`, ...place, part: part(whole) },
    { type: "response.output_item.done", "output_index": index, item },
  ];
}

/** First all the beginnings, then fragments of all calls in turn: parallel calls interleave. */
function callEvents(calls: readonly Item[], first: number, plan: Plan): Event[] {
  const longest = Math.max(0, ...plan.calls.map(({ pieces }) => pieces.length));
  const place = (index: number) => ({
    "item_id": calls[index]?.id ?? "",
    "output_index": first + index,
  });
  return [
    ...calls.map((item, index) => ({
      type: "response.output_item.added",
      "output_index": first + index,
      item: { ...item, status: "in_progress", arguments: "" },
    })),
    ...Array.from({ length: longest }, (_, at) =>
      plan.calls.flatMap(({ pieces }, index) => {
        const delta = pieces[at];
        if (delta === undefined) return [];
        return [{ type: "response.function_call_arguments.delta", ...place(index), delta }];
      })).flat(),
    ...calls.flatMap((item, index) => [
      {
        type: "response.function_call_arguments.done",
        ...place(index),
        name: plan.calls[index]?.name,
        arguments: plan.calls[index]?.pieces.join(""),
      },
      { type: "response.output_item.done", "output_index": first + index, item },
    ]),
  ];
}
