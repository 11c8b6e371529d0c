import type { HeaderFields } from "../core/exchange.ts";
import { remember } from "../core/memory/remember.ts";

/**
 * `api`: only what is known to be harmless passes. `proxy` (`/proxy/{name}/*`): everything passes but what must
 * not, so that vendors and clients we know nothing of find what they sent.
 */
export type HeaderMode = "api" | "proxy";

/** Fields of one connection, never forwarded (RFC 9110 §7.6.1), and those that frame or negotiate a message anew. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Request fields that never go on: credentials, the client's own account, where it comes from, what the next hop makes itself. */
const NEVER_SENT = new Set([
  ...HOP_BY_HOP,
  "authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
  "openai-organization",
  "openai-project",
  "host",
  "content-length",
  "accept-encoding",
  "expect",
  "forwarded",
  "via",
  "x-real-ip",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "cdn-loop",
  "http2-settings",
]);

/** Beginnings of request fields that never go on. */
const NEVER_SENT_PREFIXES = ["x-forwarded-", "cf-", "x-tidegate-", "proxy-", "sec-"];

/** Request fields that go to an API by name. */
const SENT = new Set([
  "accept",
  "accept-language",
  "content-type",
  "content-encoding",
  "content-language",
  "user-agent",
  "idempotency-key",
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
]);

/** Beginnings of request fields that go to an API: vendors' features, SDK facts, clients' session ids. */
const SENT_PREFIXES = ["openai-", "anthropic-", "x-"];

/** Response fields that never reach a client: this connection, the vendor's account and limits, its edge's own business. */
const NEVER_RETURNED = new Set([
  ...HOP_BY_HOP,
  "set-cookie",
  "set-cookie2",
  "www-authenticate",
  "openai-organization",
  "openai-project",
  "anthropic-organization-id",
  "request-id",
  "x-request-id",
  "content-length",
  "server",
  "via",
  "alt-svc",
  "strict-transport-security",
  "public-key-pins",
  "location",
  "refresh",
  "clear-site-data",
  "content-security-policy",
  "content-security-policy-report-only",
  "nel",
  "report-to",
  "reporting-endpoints",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "x-accel-buffering",
  "x-powered-by",
  "x-envoy-upstream-service-time",
]);

/** Beginnings of response fields that never reach a client. Limits are those of one key of many: telling them would mislead. */
const NEVER_RETURNED_PREFIXES = [
  "access-control-",
  "x-ratelimit-",
  "anthropic-ratelimit-",
  "x-tidegate-",
  "cf-",
  "x-accel-",
  "proxy-",
];

/** Response fields that reach a client by name. */
const RETURNED = new Set([
  "content-type",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-range",
  "accept-ranges",
  "cache-control",
  "etag",
  "last-modified",
  "expires",
  "age",
  "vary",
  "date",
]);

/** Beginnings of response fields that reach a client. */
const RETURNED_PREFIXES = ["openai-", "anthropic-", "x-"];

/** In a transparent proxy these are the client's business after all; the rest of the never-lists still holds. */
const RETURNED_BY_PROXY = new Set([
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "content-security-policy",
]);

/** Fields in which vendors tell their id of a request. */
const UPSTREAM_REQUEST_ID_FIELDS = ["x-request-id", "request-id", "apim-request-id", "x-ms-request-id"];

/** Names of fields of which it is remembered whether they pass: programs send a few dozen. */
const REMEMBERED_NAMES = 1_000;

/** Whether a field of a client's request may pass, by its name alone. */
const isSent: Record<HeaderMode, (name: string) => boolean> = {
  api: remember(
    (name) => maySend(name) && (SENT.has(name) || beginsWithAny(name, SENT_PREFIXES)),
    REMEMBERED_NAMES,
  ),
  proxy: remember(maySend, REMEMBERED_NAMES),
};

/** Whether a field of an upstream's answer may pass, by its name alone. */
const isReturned: Record<HeaderMode, (name: string) => boolean> = {
  api: remember(
    (name) => mayReturn(name) && (RETURNED.has(name) || beginsWithAny(name, RETURNED_PREFIXES)),
    REMEMBERED_NAMES,
  ),
  proxy: remember((name) => RETURNED_BY_PROXY.has(name) || mayReturn(name), REMEMBERED_NAMES),
};

function maySend(name: string): boolean {
  return FIELD_NAME.test(name) && !NEVER_SENT.has(name) && !beginsWithAny(name, NEVER_SENT_PREFIXES);
}

function mayReturn(name: string): boolean {
  return FIELD_NAME.test(name) && !NEVER_RETURNED.has(name) && !beginsWithAny(name, NEVER_RETURNED_PREFIXES);
}

/** The client's fields that may go to an upstream. Credentials and `host` are set by whoever sends it. */
export function requestHeaders(fields: HeaderFields, mode: HeaderMode): HeaderFields {
  return pick(fields, isSent[mode]);
}

/**
 * The upstream's fields that may reach the client, its request id under `x-upstream-request-id`, and
 * `cache-control: no-store` where it says nothing of caching. `content-length` is left to whoever sends the body.
 */
export function responseHeaders(fields: HeaderFields, mode: HeaderMode): HeaderFields {
  const returned = pick(fields, isReturned[mode]);
  const upstreamId = upstreamRequestId(fields);
  if (upstreamId !== undefined) returned["x-upstream-request-id"] = upstreamId;
  returned["cache-control"] ??= "no-store";
  return returned;
}

/** The id that the upstream gave the request, in whichever field its vendor tells it; at most 200 printable characters. */
export function upstreamRequestId(fields: HeaderFields): string | undefined {
  for (const name of UPSTREAM_REQUEST_ID_FIELDS) {
    const value = fields[name];
    if (typeof value === "string" && /^[\x21-\x7e]{1,200}$/.test(value)) return value;
  }
  return undefined;
}

/** Fields that `connection` declares to be of this connection only; undefined where it declares none. */
function namedByConnection(fields: HeaderFields): Set<string> | undefined {
  const value = fields["connection"];
  // What nearly everybody sends names no field.
  if (value === undefined || value === "keep-alive" || value === "close") return undefined;
  const text = Array.isArray(value) ? value.join(",") : value;
  return new Set(text.toLowerCase().split(",").map((name) => name.trim()));
}

function pick(fields: HeaderFields, wanted: (name: string) => boolean): HeaderFields {
  const named = namedByConnection(fields);
  const picked: HeaderFields = {};
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || !wanted(name) || named?.has(name) === true || !isSafe(value)) continue;
    picked[name] = value;
  }
  return picked;
}

/** A field name (RFC 9110 §5.1); `__proto__` is one, but would not become a field of an object. */
const FIELD_NAME = /^(?!__proto__$)[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** No CR, LF, NUL or other control character but tab: nothing that could end a field and begin another. */
// deno-lint-ignore no-control-regex -- control characters are exactly what must not pass
const UNSAFE_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f\u0100-\uffff]/;

function isSafe(value: string | string[]): boolean {
  return Array.isArray(value) ? value.every(isSafe) : !UNSAFE_VALUE.test(value);
}

function beginsWithAny(name: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true;
  return false;
}
