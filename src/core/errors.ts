/**
 * Every error the gateway itself tells a client: a stable code, the HTTP status that belongs to it, what
 * happened and what to do next. Formats turn one into the client's own envelope.
 * @module
 */

/** Stable codes and their HTTP statuses; documented for users in `docs/errors.md`. */
export const ERROR_STATUS = {
  missing_api_key: 401,
  invalid_api_key: 401,
  key_expired: 401,
  key_disabled: 401,
  conflicting_credentials: 400,
  invalid_json: 400,
  invalid_body: 400,
  invalid_path: 400,
  invalid_header: 400,
  not_translatable: 400,
  model_required: 400,
  model_not_found: 404,
  model_not_allowed: 403,
  model_unpriced: 403,
  path_not_allowed: 403,
  header_not_allowed: 403,
  address_not_allowed: 403,
  format_not_allowed: 403,
  pool_not_allowed: 403,
  object_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  request_timeout: 408,
  request_too_large: 413,
  unsupported_encoding: 415,
  upgrade_refused: 426,
  rate_limited: 429,
  concurrency_limited: 429,
  budget_exceeded: 429,
  insufficient_quota: 429,
  headers_too_large: 431,
  request_cancelled: 403,
  client_gone: 499,
  internal_error: 500,
  upstream_auth: 502,
  upstream_error: 502,
  upstream_unreachable: 502,
  upstream_truncated: 502,
  upstream_malformed: 502,
  no_endpoint: 503,
  overloaded: 503,
  shutting_down: 503,
  upstream_timeout: 504,
  deadline_exceeded: 504,
} as const;

/** One of the stable codes. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** What {@link GatewayError} may carry beside code and message. */
export interface ErrorDetail {
  /** The request's field at fault, in the client's own spelling. */
  readonly param?: string;
  /** When to come back, in milliseconds; told to the client as whole seconds from 1 to 60. */
  readonly retryAfterMs?: number;
  /** False: tell the client's SDK not to repeat the request. */
  readonly shouldRetry?: boolean;
}

/**
 * The one error thrown on purpose on the request path. The message is shown to the client: it says what
 * happened, why, and what to do next, and never holds a credential, an upstream's URL or a local address.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }

  /** The HTTP status that belongs to the code. */
  get status(): number {
    return ERROR_STATUS[this.code];
  }
}
