import { type HeaderFields, headerValue } from "../../core/exchange.ts";
import type { ErrorFacts } from "./error_facts.ts";

/**
 * How long an upstream asks us to stay away, in milliseconds as told (health bounds it), or undefined where it
 * says nothing. The field most exactly meant for it wins: `retry-after-ms`, `retry-after` (seconds, also with
 * a fraction, or a date read against the answer's own `date`, so that a skewed clock does no harm), the body's
 * own member, the reset of whatever limit is at 0, and last the sentence in the message.
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
  return facts.retryMs ?? spentLimitReset(headers) ?? waitInText(facts.text);
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

const UNIT_MS: Readonly<Record<string, number>> = {
  "ms": 1,
  "s": 1000,
  "second": 1000,
  "seconds": 1000,
  "m": 60_000,
  "minute": 60_000,
  "minutes": 60_000,
  "h": 3_600_000,
  "hour": 3_600_000,
  "hours": 3_600_000,
  "d": 86_400_000,
  "days": 86_400_000,
};

/** A duration as Go prints it (`6m0s`, `1.5s`, `20ms`), or bare seconds, in milliseconds. */
function duration(text: string): number | undefined {
  const bare = positiveNumber(text);
  if (bare !== undefined) return bare * 1000;
  let sum = 0;
  let rest = text;
  while (rest !== "") {
    const part = /^(\d+(?:\.\d+)?)([a-z]+)/.exec(rest);
    const unit = UNIT_MS[part?.[2] ?? ""];
    if (part === null || unit === undefined) return undefined;
    sum += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return text === "" ? undefined : sum;
}

function positiveNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}(?:\.\d{1,9})?$/.test(text.trim())) return undefined;
  return Number(text);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An HTTP date in the one form that may be sent (RFC 9110 §5.6.7), in milliseconds since 1970 UTC. */
function httpDate(text: string): number | undefined {
  const parts = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(
    text.trim(),
  );
  if (parts === null) return undefined;
  const [, day, monthName = "", year, hour, minute, second] = parts;
  const month = MONTHS.indexOf(monthName);
  if (month < 0) return undefined;
  const days = daysSince1970(Number(year), month + 1, Number(day));
  return ((days * 24 + Number(hour)) * 60 + Number(minute)) * 60_000 + Number(second) * 1000;
}

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
