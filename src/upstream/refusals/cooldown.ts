import { nextResetMs } from "../../core/time/daily_reset.ts";
import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import type { ErrorFacts } from "./error_facts.ts";
import { duration, httpDate, internetTime, positiveNumber } from "./wire_time.ts";

/** Google's days (ai.google.dev/gemini-api/docs/rate-limits). */
const GOOGLE_DAY = { max: 0, resetMinute: 0, zone: "America/Los_Angeles" };

/** Codes of a day's quota; see `error_facts.ts`. */
const DAY_CODES = ["quota_per_day", "quota_per_model_day"];

/**
 * How long an upstream asks us to stay away, in milliseconds as told (health bounds it), or undefined where it
 * says nothing. The field most exactly meant for it wins: `retry-after-ms`, `retry-after` (seconds, also with
 * a fraction, or a date read against the answer's own `date`, so that a skewed clock does no harm), the body's
 * own member, the reset of whatever limit is at 0, and last the sentence in the message. Where a day's quota of
 * Google's is used up, its end counts: the wait told beside it is that of a minute.
 * `nowMs` is the wall clock, for answers without a `date`.
 */
export function cooldownOf(headers: HeaderFields, facts: ErrorFacts, nowMs: number): number | undefined {
  const exact = positiveNumber(headerValue(headers, "retry-after-ms"));
  if (exact !== undefined) return exact;
  const after = headerValue(headers, "retry-after")?.trim();
  const seconds = positiveNumber(after);
  if (seconds !== undefined) return seconds * 1000;
  const until = after === undefined ? undefined : httpDate(after);
  if (until !== undefined) {
    const said = headerValue(headers, "date");
    return Math.max(0, until - ((said === undefined ? undefined : httpDate(said)) ?? nowMs));
  }
  if (nowMs > 0 && facts.codes.some((code) => DAY_CODES.includes(code))) {
    return nextResetMs(GOOGLE_DAY, nowMs) - nowMs;
  }
  return facts.retryMs ?? spentLimitReset(headers) ?? waitInText(facts.text) ??
    accessRegained(facts.text, nowMs);
}

/** The longest reset among those limits of which nothing is left. */
function spentLimitReset(headers: HeaderFields): number | undefined {
  let longest: number | undefined;
  for (const unit of ["requests", "tokens"]) {
    const left = positiveNumber(headerValue(headers, `x-ratelimit-remaining-${unit}`));
    const reset = headerValue(headers, `x-ratelimit-reset-${unit}`);
    if (left === undefined || left > 0 || reset === undefined) continue;
    const resetMs = duration(reset.trim());
    if (resetMs !== undefined) longest = Math.max(longest ?? 0, resetMs);
  }
  return longest;
}

/** "Please try again in 6m0s", "Please retry in 10h17m5.7s", "retry after 30 seconds". */
function waitInText(text: string): number | undefined {
  const found = /(?:try again in|retry in|retry after)\s+([\d.]+\s*[a-z]+[\d.a-z]*)/.exec(text)?.[1];
  return found === undefined ? undefined : duration(found.replace(/\s+/g, "").replace(/\.$/, ""));
}

/** Anthropic's spend limits: "You will regain access on 2026-02-01 at 00:00 UTC." */
function accessRegained(text: string, nowMs: number): number | undefined {
  const [, day, time] = /regain access on (\d{4}-\d{2}-\d{2})(?: at (\d{2}:\d{2}) utc)?/.exec(text) ?? [];
  const until = day === undefined ? undefined : internetTime(`${day}T${time ?? "00:00"}:00Z`);
  return until === undefined || nowMs <= 0 ? undefined : Math.max(0, until - nowMs);
}
