import { eventBytes } from "../events/event_bytes.ts";
import type { ClientError } from "../format.ts";

/** Anthropic's words for statuses; the API errors page and the SDK's `ErrorType` (1.14) list them. */
const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function envelope({ status, code, message, param, requestId }: ClientError): unknown {
  const type = TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
  const details = { ["error_code"]: code, ...(param === undefined ? {} : { param }) };
  return { type: "error", error: { type, message, details }, ["request_id"]: requestId };
}

/** Anthropic's error envelope as JSON text; the stable code stands where the vendor has its own, in `details.error_code`. */
export function anthropicErrorBody(error: ClientError): string {
  return JSON.stringify(envelope(error));
}

/**
 * The vendor has no 503: lack of room is its 529 `overloaded_error`. Claude Code asks three times after a 529 and
 * ten times or more after a 503.
 */
export function anthropicErrorStatus(error: ClientError): number {
  return error.status === 503 ? 529 : error.status;
}

/** An `error` event: both official SDKs raise it whatever came before. No `message_stop` follows. */
export function anthropicErrorEvent(error: ClientError): Uint8Array {
  return eventBytes(envelope(error), "error");
}

/** A ping as the vendor sends it; its data is never empty, because some clients parse it. */
export const ANTHROPIC_KEEP_ALIVE: Uint8Array = new TextEncoder().encode(
  `event: ping\ndata: {"type":"ping"}\n\n`,
);
