import { daysSince1970, isCivilDay } from "../../core/time/civil_days.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** `2026-01`, `2026-01-31`, `2026-01-31T23`, with minutes and seconds too; a `Z` may follow. */
const TIME = /^(\d{4})-(\d\d?)(?:-(\d\d?)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?)?)?)?Z?$/;

/** Wall clock of a UTC time as people write it, at its beginning where it is a month, a day or an hour; undefined for what is none. */
export function readTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1)
    .map((part) => part === undefined ? undefined : Number(part));
  if (!isCivilDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  return daysSince1970(year, month, day) * DAY_MS + hour * HOUR_MS + minute * 60_000 + second * 1000;
}
