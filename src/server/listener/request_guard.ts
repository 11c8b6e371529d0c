import { GatewayError } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";

/** Where a request wants to go, once its head was found harmless. */
export interface Target {
  /** Raw path, percent-encoding untouched; begins with `/`. */
  readonly path: string;
  /** Raw query without its `?`. */
  readonly query: string;
}

/** Methods that may reach the gateway. `CONNECT` and `TRACE` have no use here and a history of harm. */
export const ALLOWED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Most header fields of a request; real clients send about ten to forty. */
export const MAX_HEADER_FIELDS = 200;

const methods: ReadonlySet<string> = new Set(ALLOWED_METHODS);

/** A registered name or an address, and a port (RFC 9110 §7.2), without the user part and the odd signs that RFC 3986 would allow. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/** Absolute-form (RFC 9112 §3.2.2): what a client sends to what it takes for a proxy. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;

/**
 * Looks at a request's head before anything is decided by it, so that two readers of one request never see two
 * requests (a proxy's access rule and our routing, our grants and the upstream). Throws `GatewayError`
 * `method_not_allowed`, `invalid_header` or `invalid_path`, whose texts repeat nothing of the request.
 */
export function guardRequest(method: string, target: string, headers: HeaderFields): Target {
  if (!methods.has(method)) {
    throw new GatewayError(
      "method_not_allowed",
      `This method is not served; use ${ALLOWED_METHODS.join(", ")}.`,
    );
  }
  guardFields(headers);
  return guardTarget(target);
}

function guardFields(headers: HeaderFields): void {
  const host = headers["host"];
  if (typeof host !== "string" || !HOST.test(host)) {
    throw new GatewayError(
      "invalid_header",
      "The Host header is missing, doubled or not a host name with an optional port; send exactly one.",
    );
  }
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined && (typeof encoding !== "string" || encoding.toLowerCase() !== "chunked")) {
    throw new GatewayError(
      "invalid_header",
      "The Transfer-Encoding is not plain 'chunked', so proxies may disagree where the body ends; send chunked or Content-Length.",
    );
  }
}

function guardTarget(target: string): Target {
  let origin = target;
  if (!target.startsWith("/")) {
    const parts = ABSOLUTE_FORM.exec(target);
    const authority = parts?.[1] ?? "";
    if (parts === null || !HOST.test(authority)) throw invalidPath("is not an absolute path");
    const rest = parts[2] ?? "";
    origin = rest.startsWith("/") ? rest : `/${rest}`;
  }
  const mark = origin.indexOf("?");
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const query = mark < 0 ? "" : origin.slice(mark + 1);
  guardQuery(query);
  guardPath(path);
  return { path, query };
}

function guardQuery(query: string): void {
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === HASH) {
      throw invalidPath("has a query with a byte that must be percent-encoded");
    }
  }
}

const HASH = 0x23;
const PERCENT = 0x25;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;

function guardPath(path: string): void {
  let segmentStart = 1;
  for (let i = 1; i <= path.length; i++) {
    const code = i < path.length ? path.charCodeAt(i) : SLASH;
    if (code === SLASH) {
      if (i === segmentStart && i < path.length) throw invalidPath("has an empty segment");
      if (isDotSegment(path, segmentStart, i)) throw invalidPath("has a dot segment");
      segmentStart = i + 1;
    } else if (code <= 0x20 || code >= 0x7f || code === HASH || code === BACKSLASH) {
      throw invalidPath("has a byte that must be percent-encoded, or a backslash");
    } else if (code === PERCENT) {
      guardEscape(path.slice(i + 1, i + 3));
    }
  }
}

/**
 * Refuses escapes that mean one thing before decoding and another after: separators and control bytes, a percent
 * sign (a second decoding would see a new escape), and C0 or C1 (the start of an overlong UTF-8 dot or slash).
 */
function guardEscape(hex: string): void {
  if (!/^[0-9A-Fa-f]{2}$/.test(hex)) throw invalidPath("has a broken percent escape");
  const byte = parseInt(hex, 16);
  const isSeparator = byte === SLASH || byte === BACKSLASH || byte === PERCENT;
  if (isSeparator || byte < 0x20 || byte === 0x7f || byte === 0xc0 || byte === 0xc1) {
    throw invalidPath("has an encoded slash, backslash, percent sign or control byte");
  }
}

/** Whether a segment is `.` or `..`, also encoded, also before a `;parameter` (servers that cut those see a dot segment). */
function isDotSegment(path: string, start: number, end: number): boolean {
  let dots = 0;
  for (let i = start; i < end; i++) {
    const char = path[i];
    if (char === ";") return dots === 1 || dots === 2;
    if (char === "%" && /^2e$/i.test(path.slice(i + 1, i + 3))) i += 2;
    else if (char !== ".") return false;
    if (++dots > 2) return false;
  }
  return dots > 0;
}

function invalidPath(what: string): GatewayError {
  return new GatewayError(
    "invalid_path",
    `The request's path ${what}; send it plain and absolute, such as /v1/models.`,
  );
}
