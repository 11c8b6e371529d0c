import { ANTHROPIC_SIGNATURE, readMessages } from "./anthropic_check.ts";
import { members, text, type VendorRefusal } from "./json.ts";
import { type Plan, planFor } from "./plan.ts";
import {
  jsonReply,
  startVendor,
  streamReply,
  type Vendor,
  type VendorReply,
  type VendorRequest,
} from "./vendor_server.ts";

/** The model it has: one that takes no sampling and no prefill. */
export const ANTHROPIC_MODEL = "claude-opus-5";

const ERRORS = {
  400: ["invalid_request_error", "Invalid tide."],
  401: ["authentication_error", "invalid x-api-key"],
  404: ["not_found_error", "Not Found"],
  429: ["rate_limit_error", "This request would exceed your organization's rate limit."],
  500: ["api_error", "Internal server error"],
} as const;

/** A vendor of Anthropic's messages and token counts. */
export function anthropicVendor(): Promise<Vendor> {
  const key = "sk-ant-vendor";
  return startVendor(key, {
    refusal: ({ message }: VendorRefusal) => failure(400, message),
    respond: (request) => respond(request, key),
  });
}

function failure(status: keyof typeof ERRORS, message: string = ERRORS[status][1]): VendorReply {
  return jsonReply(status, {
    type: "error",
    error: { type: ERRORS[status][0], message },
    "request_id": "req_011vendor",
  }, { "request-id": "req_011vendor", ...(status === 429 ? { "retry-after": "1" } : {}) });
}

function respond(request: VendorRequest, key: string): VendorReply {
  const { headers, method, path, body } = request;
  if (headers["x-api-key"] !== key && headers["authorization"] !== `Bearer ${key}`) return failure(401);
  if (method === "GET" && path === "/v1/models") return models();
  if (method !== "POST") return failure(404);
  if (path === "/v1/messages/count_tokens") {
    readMessages(request, true);
    return jsonReply(200, { "input_tokens": 21 }, { "request-id": "req_011vendor" });
  }
  if (path !== "/v1/messages") return failure(404);
  const plan = planFor(readMessages(request, false));
  if ("status" in plan) return failure(plan.status);
  const model = text(members(body)["model"]);
  const replyHeaders = { "request-id": "req_011vendor", "anthropic-organization-id": "org-vendor" };
  return members(body)["stream"] === true
    ? streamReply(events(plan, model), { transport: plan.transport, content: 4 }, replyHeaders)
    : jsonReply(200, message(plan, model), replyHeaders);
}

function models(): VendorReply {
  const model = {
    id: ANTHROPIC_MODEL,
    type: "model",
    "display_name": "Claude Opus 5",
    "created_at": "2026-09-01T00:00:00Z",
    "max_input_tokens": 1_000_000,
    "max_tokens": 128_000,
  };
  return jsonReply(200, { data: [model], "has_more": false, "first_id": model.id, "last_id": model.id });
}

function usage({ usage }: Plan, output: number): object {
  return {
    "input_tokens": usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
    "cache_creation_input_tokens": usage.cacheWriteTokens,
    "cache_read_input_tokens": usage.cachedInputTokens,
    "cache_creation": {
      "ephemeral_5m_input_tokens": usage.cacheWriteTokens,
      "ephemeral_1h_input_tokens": 0,
    },
    "output_tokens": output,
    "service_tier": "standard",
  };
}

function finalUsage(plan: Plan): object {
  const thought = { "output_tokens_details": { "thinking_tokens": plan.usage.reasoningTokens } };
  return { ...usage(plan, plan.usage.outputTokens), ...(plan.usage.reasoningTokens > 0 ? thought : {}) };
}

function stopReason(plan: Plan): string {
  return plan.calls.length > 0 ? "tool_use" : "end_turn";
}

function head(model: string): object {
  return { model, id: "msg_01XFDUDYJgAACzvnptvVoYEL", type: "message", role: "assistant" };
}

function message(plan: Plan, model: string): object {
  const thinking = { type: "thinking", thinking: plan.reasoning.join(""), signature: ANTHROPIC_SIGNATURE };
  return {
    ...head(model),
    content: [
      ...(plan.reasoning.length === 0 ? [] : [thinking]),
      ...(plan.text.length === 0 ? [] : [{ type: "text", text: plan.text.join(""), citations: null }]),
      ...plan.calls.map(({ name, pieces }, index) => ({
        type: "tool_use",
        id: `toolu_01vendor${index}`,
        name,
        input: JSON.parse(pieces.join("")),
      })),
    ],
    "stop_reason": stopReason(plan),
    "stop_sequence": null,
    "stop_details": null,
    usage: finalUsage(plan),
  };
}

function event(type: string, rest: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

interface Block {
  readonly start: object;
  readonly deltas: readonly object[];
}

function events(plan: Plan, model: string): string[] {
  const blocks: Block[] = [
    ...(plan.reasoning.length === 0 ? [] : [{
      start: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        ...plan.reasoning.map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: ANTHROPIC_SIGNATURE },
      ],
    }]),
    ...(plan.text.length === 0 ? [] : [{
      start: { type: "text", text: "" },
      deltas: plan.text.map((text) => ({ type: "text_delta", text })),
    }]),
    ...plan.calls.map(({ name, pieces }, index) => ({
      start: { type: "tool_use", id: `toolu_01vendor${index}`, name, input: {} },
      deltas: ["", ...pieces].map((piece) => ({ type: "input_json_delta", "partial_json": piece })),
    })),
  ];
  const opening = { ...head(model), content: [], "stop_reason": null, "stop_sequence": null };
  return [
    event("message_start", { message: { ...opening, usage: usage(plan, 1) } }),
    event("ping"),
    ...blocks.flatMap(({ start, deltas }, index) => [
      event("content_block_start", { index, "content_block": start }),
      ...deltas.map((delta) => event("content_block_delta", { index, delta })),
      event("content_block_stop", { index }),
    ]),
    event("message_delta", {
      delta: { "stop_reason": stopReason(plan), "stop_sequence": null },
      usage: finalUsage(plan),
    }),
    event("message_stop"),
  ];
}
