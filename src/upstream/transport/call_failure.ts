/** Every way a call can fail below HTTP. */
export const CALL_FAILURES = [
  "refused",
  "dns",
  "tls",
  "proxy",
  "connect_timeout",
  "unsendable",
  "request_body",
  "reset_before_head",
  "closed_before_head",
  "bad_head",
  "reset_in_body",
  "truncated",
  "bad_body",
  "aborted",
] as const;

/** One of {@link CALL_FAILURES}. */
export type CallFailureKind = (typeof CALL_FAILURES)[number];

/** Why a call failed. Nothing of the original error is kept: its text holds URLs, addresses and header values. */
export interface CallFailure {
  readonly kind: CallFailureKind;
  /** Whether the upstream may have seen any of the request. */
  readonly sent: boolean;
}

/** How far a call had come when it failed. */
export interface CallProgress {
  /** The request was handed to a connection. */
  readonly sent: boolean;
  /** The answer's head had arrived. */
  readonly headSeen: boolean;
  /** The upstream is spoken to over TLS. */
  readonly secure: boolean;
  /** The source of the request's body failed, so that the request could not be finished. */
  readonly bodyFailed: boolean;
}

/** Codes of system calls and of the HTTP client, by what they say about a connection that was never made. */
const NEVER_CONNECTED: Readonly<Record<string, CallFailureKind>> = {
  "ENOTFOUND": "dns",
  "EAI_AGAIN": "dns",
  "EAI_NODATA": "dns",
  "EAI_NONAME": "dns",
  "EAI_FAIL": "dns",
  "ETIMEDOUT": "connect_timeout",
  "UND_ERR_CONNECT_TIMEOUT": "connect_timeout",
  "ECONNREFUSED": "refused",
  "EHOSTUNREACH": "refused",
  "ENETUNREACH": "refused",
  "EADDRNOTAVAIL": "refused",
  "EACCES": "refused",
  "EPERM": "refused",
  "UND_ERR_PRX_TLS": "proxy",
  "UND_ERR_PRX_CONN": "proxy",
  "UND_ERR_INVALID_ARG": "unsendable",
  "UND_ERR_NOT_SUPPORTED": "unsendable",
  "UND_ERR_CLOSED": "aborted",
  "UND_ERR_DESTROYED": "aborted",
};

/**
 * Names a failure of the HTTP client. Anything unknown falls to the kind that fits how far the call had come,
 * so that a new code of the client's can never be taken for a success or for "surely not sent".
 */
export function callFailure(error: unknown, progress: CallProgress): CallFailure {
  const code = property(error, "code");
  const { sent } = progress;
  if (progress.bodyFailed) return { kind: "request_body", sent };
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return { kind: "aborted", sent };
  if (!sent) return { kind: beforeSending(code, property(error, "name"), progress.secure), sent };
  const parse = property(error, "name") === "HTTPParserError";
  if (!progress.headSeen) {
    if (parse || code === "UND_ERR_HEADERS_OVERFLOW") return { kind: "bad_head", sent };
    return {
      kind: code === "ECONNRESET" || code === "EPIPE" ? "reset_before_head" : "closed_before_head",
      sent,
    };
  }
  if (code === "ECONNRESET" || code === "EPIPE") return { kind: "reset_in_body", sent };
  return { kind: parse ? "bad_body" : "truncated", sent };
}

function beforeSending(code: string | undefined, name: string | undefined, secure: boolean): CallFailureKind {
  // A proxy that answers CONNECT with anything but 200 surfaces as an abort of a request that was never made.
  if (code === "UND_ERR_ABORTED" || code === "UND_ERR_SOCKET") return "proxy";
  // The client's proxies report SOCKS trouble under a name of its own.
  if (name === "Socks5ProxyError") return "proxy";
  const known = code === undefined ? undefined : NEVER_CONNECTED[code];
  return known ?? (secure ? "tls" : "refused");
}

/** A string member of an unknown value. */
function property(value: unknown, name: "code" | "name"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : undefined;
}
