import { members, text } from "./json.ts";
import { readChat } from "./openai_chat_check.ts";
import {
  openaiAuthorized,
  openaiError,
  openaiModels,
  openaiNotFound,
  openaiRefusal,
} from "./openai_errors.ts";
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
export const CHAT_MODEL = "gpt-4.1";

const PATHS = /^\/v1\/chat\/completions$|^\/openai\/(v1|deployments\/[^/]+)\/chat\/completions$/;

/**
 * A vendor of OpenAI's chat completions, with Azure's layout (`/openai/deployments/{name}/…?api-version=`, `api-key`)
 * beside it. Thoughts are told the way compatible vendors do, in `reasoning_content`.
 */
export function openaiChatVendor(): Promise<Vendor> {
  const key = "sk-chat-vendor";
  return startVendor(key, { refusal: openaiRefusal, respond: (request) => respond(request, key) });
}

function respond(request: VendorRequest, key: string): VendorReply {
  if (!openaiAuthorized(request, key)) return openaiError(401);
  if (/^\/(openai\/)?v1\/models$/.test(request.path)) return openaiModels(CHAT_MODEL);
  if (request.method !== "POST" || !PATHS.test(request.path)) return openaiNotFound(request);
  const isAzure = request.path.startsWith("/openai/");
  if (request.path.includes("/deployments/") && !request.query.has("api-version")) {
    return jsonReply(404, { error: { code: "404", message: "Resource not found" } });
  }
  const body = request.path.includes("/deployments/")
    ? { ...members(request.body), model: "deployment" }
    : request.body;
  const plan = planFor(readChat(body));
  if ("status" in plan) return openaiError(plan.status);
  const { stream, stream_options } = members(body);
  const head = {
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    created: 1_763_700_000,
    model: text(members(body)["model"]),
    "system_fingerprint": "fp_44709d6fcb",
  };
  const headers = { "x-request-id": "req_vendor", "openai-processing-ms": "12" };
  if (stream !== true) {
    return jsonReply(200, {
      ...head,
      object: "chat.completion",
      "service_tier": "default",
      choices: [choice(plan)],
      usage: usage(plan),
    }, headers);
  }
  const withUsage = members(stream_options)["include_usage"] === true;
  const opening = isAzure ? 2 : 1;
  return streamReply(
    events(plan, head, { withUsage, isAzure }),
    { transport: plan.transport, content: opening + 1 },
    headers,
  );
}

function choice(plan: Plan): unknown {
  const calls = plan.calls.map(({ name, pieces }, index) => ({
    id: `call_vendor_${index}`,
    type: "function",
    function: { name, arguments: pieces.join("") },
  }));
  return {
    index: 0,
    message: {
      role: "assistant",
      content: plan.text.length === 0 ? null : plan.text.join(""),
      refusal: null,
      annotations: [],
      ...(plan.reasoning.length === 0 ? {} : { "reasoning_content": plan.reasoning.join("") }),
      ...(calls.length === 0 ? {} : { "tool_calls": calls }),
    },
    logprobs: null,
    "finish_reason": calls.length === 0 ? "stop" : "tool_calls",
  };
}

function usage({ usage }: Plan): unknown {
  return {
    "prompt_tokens": usage.inputTokens,
    "completion_tokens": usage.outputTokens,
    "total_tokens": usage.inputTokens + usage.outputTokens,
    "prompt_tokens_details": {
      "cached_tokens": usage.cachedInputTokens,
      "cache_write_tokens": usage.cacheWriteTokens,
      "audio_tokens": 0,
    },
    "completion_tokens_details": {
      "reasoning_tokens": usage.reasoningTokens,
      "audio_tokens": 0,
      "accepted_prediction_tokens": 0,
      "rejected_prediction_tokens": 0,
    },
  };
}

function events(plan: Plan, head: object, { withUsage, isAzure }: Record<"withUsage" | "isAzure", boolean>) {
  const event = (rest: object) =>
    `data: ${
      JSON.stringify({
        ...head,
        object: "chat.completion.chunk",
        ...rest,
        ...(withUsage && !("usage" in rest) ? { usage: null } : {}),
      })
    }\n\n`;
  const delta = (delta: object, finish: string | null = null) =>
    event({ choices: [{ index: 0, delta, logprobs: null, "finish_reason": finish }] });
  const filtered = { choices: [], "prompt_filter_results": [{ "prompt_index": 0 }] };
  return [
    ...(isAzure ? [event(filtered)] : []),
    delta({ role: "assistant", content: plan.calls.length > 0 ? null : "", refusal: null }),
    ...plan.reasoning.map((piece) => delta({ "reasoning_content": piece })),
    ...plan.text.map((piece) => delta({ content: piece })),
    ...callDeltas(plan).map((call) => delta({ "tool_calls": [call] })),
    delta({}, plan.calls.length === 0 ? "stop" : "tool_calls"),
    ...(withUsage ? [event({ choices: [], usage: usage(plan) })] : []),
    "data: [DONE]\n\n",
  ];
}

/** First all the beginnings, then fragments of all calls in turn: parallel calls interleave. */
function callDeltas({ calls }: Plan): object[] {
  const longest = Math.max(0, ...calls.map(({ pieces }) => pieces.length));
  const starts = calls.map(({ name }, index) => ({
    index,
    id: `call_vendor_${index}`,
    type: "function",
    function: { name, arguments: "" },
  }));
  const fragments = Array.from({ length: longest }, (_, at) =>
    calls.flatMap(({ pieces }, index) => {
      const piece = pieces[at];
      return piece === undefined ? [] : [{ index, function: { arguments: piece } }];
    }));
  return [...starts, ...fragments.flat()];
}
