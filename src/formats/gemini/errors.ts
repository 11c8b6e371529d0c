import type { ClientError } from "../format.ts";

const encoder = new TextEncoder();

/** Google's canonical word (google.rpc.Code) for each HTTP status that has one of its own. */
const STATUS_WORDS: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  405: "UNIMPLEMENTED",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  426: "FAILED_PRECONDITION",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function statusWord(status: number): string {
  return STATUS_WORDS[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}

/** Google's error envelope as JSON text; `error` comes first, because an official SDK looks for it there. */
export function geminiErrorBody(error: ClientError): string {
  const { status, code, message, param } = error;
  const details: unknown[] = [{
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: code,
    domain: "tidegate",
    metadata: { requestId: error.requestId },
  }];
  if (param !== undefined) {
    const fieldViolations = [{ field: param, description: message }];
    details.push({ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations });
  }
  return JSON.stringify({ error: { code: status, message, status: statusWord(status), details } });
}

/** A data event with a top-level `error`, which both official SDKs raise; line ends are CRLF, as Google's are. */
export function geminiErrorEvent(error: ClientError): Uint8Array {
  return encoder.encode(`\r\n\r\ndata: ${geminiErrorBody(error)}\r\n\r\n`);
}

/** A bare line end: the official Python SDK throws on comments, the JavaScript one drops events after them. */
export const GEMINI_KEEP_ALIVE: Uint8Array = encoder.encode("\n");
