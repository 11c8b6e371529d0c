/**
 * Times and numbers as vendors write them in header fields and messages.
 * @module
 */

import { daysSince1970 } from "../../core/time/civil_days.ts";

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
export function duration(text: string): number | undefined {
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

/** A number from 0 up, as a header field writes it; undefined for anything else. */
export function positiveNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}(?:\.\d{1,9})?$/.test(text.trim())) return undefined;
  return Number(text);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An HTTP date in the one form that may be sent (RFC 9110 §5.6.7), in milliseconds since 1970 UTC. */
export function httpDate(text: string): number | undefined {
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

/** An RFC 3339 time such as `2026-11-21T10:00:00Z`, with a fraction or an offset or not, in milliseconds since 1970 UTC. */
export function internetTime(text: string): number | undefined {
  const parts =
    /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(
      text.trim(),
    );
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, sign, offsetHour = "0", offsetMinute = "0"] = parts;
  const offsetMinutes = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === "-" ? -1 : 1);
  const days = daysSince1970(Number(year), Number(month), Number(day));
  return ((days * 24 + Number(hour)) * 60 + Number(minute) - offsetMinutes) * 60_000 + Number(second) * 1000;
}
