import type { LimitFact, LimitFacts, QuotaDimension } from "../../balancing/quota/limit_facts.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import { duration, httpDate, internetTime } from "./wire_time.ts";

/** The header fields in which a vendor tells one limit. */
interface LimitSpelling {
  readonly dimension: QuotaDimension;
  readonly limit: string;
  readonly remaining: string;
  /** A duration (`6m0s`, `20ms`, bare seconds) or an RFC 3339 time. */
  readonly reset: string;
}

/**
 * All spellings known, asked for of every vendor: a relay passes on those of whoever stands behind it. OpenAI's
 * (also Azure's, Groq's and most relays'), then Anthropic's; a new vendor's is a row more.
 */
const SPELLINGS: readonly LimitSpelling[] = [
  ...(["requests", "tokens"] as const).map((name): LimitSpelling => ({
    dimension: name,
    limit: `x-ratelimit-limit-${name}`,
    remaining: `x-ratelimit-remaining-${name}`,
    reset: `x-ratelimit-reset-${name}`,
  })),
  ...([
    ["requests", "requests"],
    ["tokens", "tokens"],
    ["inputTokens", "input-tokens"],
    ["outputTokens", "output-tokens"],
  ] as const).map(([dimension, name]): LimitSpelling => ({
    dimension,
    limit: `anthropic-ratelimit-${name}-limit`,
    remaining: `anthropic-ratelimit-${name}-remaining`,
    reset: `anthropic-ratelimit-${name}-reset`,
  })),
];

/** Longest time to a reset that is believed: a month's quota is the longest that vendors tell. In milliseconds. */
const LONGEST_RESET_MS = 31 * 24 * 60 * 60 * 1_000;

/**
 * What an answer's header fields tell of the vendor's limits; undefined when they tell none. A dimension counts
 * only where limit and remaining are sound numbers: Azure fills in -1 and 0 where it knows nothing. A moment of
 * reset is read against the answer's own `date`, so that a skewed clock does no harm. `nowMs` is the wall clock,
 * for answers without one.
 */
export function limitFacts(headers: HeaderFields, nowMs: number): LimitFacts | undefined {
  let facts: { [dimension in QuotaDimension]?: LimitFact } | undefined;
  for (const spelling of SPELLINGS) {
    const limit = wholeNumber(headerValue(headers, spelling.limit));
    if (limit === undefined || limit < 1) continue;
    const remaining = wholeNumber(headerValue(headers, spelling.remaining));
    if (remaining === undefined) continue;
    const resetMs = resetOf(headers, spelling.reset, nowMs);
    facts ??= {};
    facts[spelling.dimension] ??= { limit, remaining: Math.min(limit, remaining), resetMs };
  }
  return facts;
}

function resetOf(headers: HeaderFields, name: string, nowMs: number): number | undefined {
  const text = headerValue(headers, name)?.trim();
  if (text === undefined || text === "") return undefined;
  const lastingMs = duration(text);
  const untilMs = lastingMs === undefined ? internetTime(text) : undefined;
  const resetMs = lastingMs ?? (untilMs === undefined ? undefined : untilMs - answeredMs(headers, nowMs));
  return resetMs === undefined || resetMs > LONGEST_RESET_MS ? undefined : Math.max(0, resetMs);
}

function answeredMs(headers: HeaderFields, nowMs: number): number {
  const date = headerValue(headers, "date");
  return (date === undefined ? undefined : httpDate(date)) ?? nowMs;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^ *\d{1,15} *$/.test(text) ? Number(text) : undefined;
}
