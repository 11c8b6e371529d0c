import { type Exchange, type HeaderFields, headerValue } from "../../core/exchange.ts";

/** Answers the questions that browsers ask before they let a page of another origin call us. */
export interface Cors {
  /** Fields for the answer to a request of that origin; undefined where it may not read the answer. */
  fieldsFor(origin: string | undefined): HeaderFields | undefined;
  /** Answers a preflight, or returns false when the request is none. */
  answerPreflight(exchange: Exchange): boolean;
}

/** What a page may read of an answer beside the fields that browsers always show. */
const EXPOSED = [
  "x-request-id",
  "x-tidegate-upstream",
  "x-tidegate-model",
  "x-tidegate-attempts",
  "x-tidegate-simulated",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "x-ratelimit-limit-requests",
  "x-ratelimit-limit-tokens",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-remaining-tokens",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
].join(", ");

/** How long a browser may remember a preflight, in seconds; browsers cap it at two hours and less. */
const PREFLIGHT_SECONDS = 600;

/** What may stand in a list of field names (RFC 9110 §5.6.2 tokens). */
const FIELD_NAMES = /^[A-Za-z0-9!#$%&'*+.^_`|~ ,-]{1,2048}$/;

/**
 * Makes the rules for `origins`: exact origins, or the one entry `*`. Credentials in the browser's sense
 * (cookies) are never allowed, so `*` opens nothing that the page's own key would not open. Without origins
 * there are no rules and a browser refuses by itself.
 */
export function corsRules(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const known = new Set(origins);
  const fieldsFor = (origin: string | undefined): HeaderFields | undefined => {
    if (origin === undefined) return undefined;
    if (known.has("*")) {
      return { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED };
    }
    if (!known.has(origin)) return { vary: "origin" };
    return {
      "access-control-allow-origin": origin,
      vary: "origin",
      "access-control-expose-headers": EXPOSED,
    };
  };
  return {
    fieldsFor,
    answerPreflight(exchange) {
      const { headers } = exchange;
      if (exchange.method !== "OPTIONS" || headers["access-control-request-method"] === undefined) {
        return false;
      }
      const asked = headerValue(headers, "access-control-request-headers") ?? "";
      exchange.head(204, {
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": FIELD_NAMES.test(asked) ? asked : undefined,
        "access-control-max-age": String(PREFLIGHT_SECONDS),
      });
      exchange.end();
      return true;
    },
  };
}
