import { ERROR_STATUS, type ErrorCode, GatewayError } from "../core/errors.ts";
import type { Exchange, HeaderFields } from "../core/exchange.ts";
import type { Log } from "../core/log.ts";
import type { Observer } from "../core/observe.ts";
import type { ClientError } from "../formats/format.ts";

/** Answers a request with whatever was thrown on its way; `fields` go with the answer. */
export type ErrorResponder = (
  exchange: Exchange,
  thrown: unknown,
  requestId: string,
  fields?: HeaderFields,
) => void;

/** What {@link errorResponder} needs. */
export interface ErrorResponderContext {
  /**
   * How the format that the request speaks tells an error: JSON text, the status its SDKs act on, and the field
   * they read the request's id from. The OpenAI envelope where it speaks none.
   */
  readonly errorAnswer: (
    request: Pick<Exchange, "method" | "path" | "query" | "headers">,
    error: ClientError,
  ) => { readonly body: string; readonly status: number; readonly requestIdField: string };
  readonly log: Log;
  readonly observer: Observer;
}

/** Longest wait that is told as `retry-after`, in milliseconds: SDKs ignore more, and clients hold a request that long. */
const MAX_RETRY_AFTER_MS = 60_000;

const encoder = new TextEncoder();

/**
 * Makes the one place where a thrown value becomes an answer. A `GatewayError` is told as it is; anything else
 * is a fault of ours: 500 `internal_error` without detail, counted, and logged with the request's id. Where the
 * head was already sent the connection is cut, because an answer that just ends would look complete.
 */
export function errorResponder({ errorAnswer, log, observer }: ErrorResponderContext): ErrorResponder {
  return (exchange, thrown, requestId, fields) => {
    const error = thrown instanceof GatewayError ? thrown : internalError();
    if (error !== thrown) {
      observer.count("internal_errors");
      log.error("A request failed by a fault of the gateway", {
        requestId,
        path: exchange.path,
        fault: thrown,
      });
    }
    if (exchange.gone || exchange.headSent || error.code === "client_gone") return exchange.cut();
    observer.count("errors_told", { code: error.code });
    const { headers, addition } = retryAdvice(error);
    const told = {
      status: error.status,
      code: error.code,
      message: error.message + addition,
      param: error.detail.param,
      requestId,
    };
    const answer = errorAnswer(exchange, told);
    const body = encoder.encode(answer.body);
    exchange.head(answer.status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": String(body.length),
      "cache-control": "no-store",
      "x-request-id": requestId,
      [answer.requestIdField]: requestId,
      ...fields,
      ...headers,
      ...extraFields(error.code),
    });
    exchange.end(body);
  };
}

function internalError(): GatewayError {
  return new GatewayError(
    "internal_error",
    "The gateway failed on this request. Try again; if it stays, tell the operator the request id.",
  );
}

/** `retry-after` and its kin, and what the message must add where a header cannot tell the wait. */
function retryAdvice({ detail }: GatewayError): { headers: HeaderFields; addition: string } {
  const { retryAfterMs, shouldRetry } = detail;
  if (retryAfterMs === undefined) {
    return { headers: shouldRetry === false ? { "x-should-retry": "false" } : {}, addition: "" };
  }
  if (retryAfterMs > MAX_RETRY_AFTER_MS) {
    return {
      headers: { "x-should-retry": "false" },
      addition: ` The wait is ${spokenDuration(retryAfterMs)}.`,
    };
  }
  const waitMs = Math.max(1, Math.ceil(retryAfterMs));
  const headers: HeaderFields = {
    "retry-after": String(Math.ceil(waitMs / 1000)),
    "retry-after-ms": String(waitMs),
  };
  if (shouldRetry === false) headers["x-should-retry"] = "false";
  return { headers, addition: "" };
}

function spokenDuration(durationMs: number): string {
  const minutes = Math.ceil(durationMs / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Fields that HTTP asks for with a status: RFC 9110 §15.5.6 (`allow`); 408 and 431 leave a connection that cannot be read on. */
function extraFields(code: ErrorCode): HeaderFields {
  switch (ERROR_STATUS[code]) {
    case ERROR_STATUS.method_not_allowed:
      return { allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" };
    case ERROR_STATUS.request_timeout:
    case ERROR_STATUS.headers_too_large:
      return { connection: "close" };
    default:
      return {};
  }
}
