import { daysSince1970, isCivilDay } from "./civil_days.ts";

const DAY_MS = 86_400_000;

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d{0,6})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The moment that a text means, in milliseconds since 1970; undefined where it means none. A day alone
 * (`2027-01-31`) means its end in UTC: what is good "until the 31st" is good on the 31st. A time names its zone:
 * `2027-01-31T18:00Z`, `2027-01-31T18:00:00+08:00` (RFC 3339 §5.6; seconds may be left out, as ISO 8601 lets them).
 */
export function parseIsoTime(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) =>
    Number(part ?? 0)
  );
  const zone = match[8];
  if (year < 1970 || !isCivilDay(year, month, day)) return undefined;
  const startMs = daysSince1970(year, month, day) * DAY_MS;
  if (zone === undefined) return startMs + DAY_MS;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = offsetOf(zone);
  if (offsetMs === undefined) return undefined;
  const thousandths = Number((match[7] ?? "").padEnd(3, "0"));
  return startMs + ((hour * 60 + minute) * 60 + second) * 1000 + thousandths - offsetMs;
}

function offsetOf(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(":").map(Number);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
