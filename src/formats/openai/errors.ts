import { eventBytes } from "../events/event_bytes.ts";
import type { ClientError } from "../format.ts";

const encoder = new TextEncoder();

/**
 * `type` as OpenAI spells it for a status: a refused key and an unknown model are `invalid_request_error` too,
 * spent money has its own word, and overload is `service_unavailable_error`.
 */
function errorType(error: ClientError): string {
  if (error.code === "insufficient_quota" || error.code === "budget_exceeded") return "insufficient_quota";
  if (error.status === 429) return "rate_limit_error";
  if (error.status === 503) return "service_unavailable_error";
  return error.status >= 500 ? "server_error" : "invalid_request_error";
}

/** The `error` member of an OpenAI envelope; the specification wants all four of its keys, null where empty. */
export function openaiError(
  error: ClientError,
): Record<"message" | "type" | "param" | "code", string | null> {
  return { message: error.message, type: errorType(error), param: error.param ?? null, code: error.code };
}

/** OpenAI's error envelope as JSON text. */
export function openaiErrorBody(error: ClientError): string {
  return JSON.stringify({ error: openaiError(error) });
}

/** A data event with a top-level `error`: both official SDKs raise it whatever came before. No `[DONE]` follows. */
export function openaiErrorEvent(error: ClientError): Uint8Array {
  return eventBytes({ error: openaiError(error) });
}

/** A comment with one line end: the only form that no official SDK, old or new, trips over. */
export const OPENAI_KEEP_ALIVE: Uint8Array = encoder.encode(":\n");
