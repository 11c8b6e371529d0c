import { nextResetMs } from "../../core/time/daily_reset.ts";

/** Days that a month has at most, and one more for a month that begins within the first of them. */
const MOST_DAYS = 32;

/** Ends that are remembered; one for each time zone and time of day that the config names. */
const MAX_ENDS = 1_000;

/** A day or month in force, by what it follows. */
const current = new Map<string, { readonly fromMs: number; readonly endMs: number }>();

/** Day of the month by zone; as many as the config names. */
const days = new Map<string, Intl.DateTimeFormat>();

/** What repeats with the calendar of a time zone. */
export interface CalendarPeriod {
  readonly kind: "day" | "month";
  /** IANA name. */
  readonly zone: string;
  /** Minutes after midnight at which a day begins; months begin at midnight. */
  readonly resetMinute: number;
}

/** When the period that `wallMs` lies in ends; wall clock. */
export function periodEndMs(period: CalendarPeriod, wallMs: number): number {
  const name = `${period.kind} ${period.zone} ${period.resetMinute}`;
  const known = current.get(name);
  if (known !== undefined && wallMs >= known.fromMs && wallMs < known.endMs) return known.endMs;
  const endMs = period.kind === "day" ? nextResetMs(period, wallMs) : nextMonthMs(period.zone, wallMs);
  if (current.size >= MAX_ENDS) current.clear();
  current.set(name, { fromMs: wallMs, endMs });
  return endMs;
}

function nextMonthMs(zone: string, wallMs: number): number {
  let endMs = wallMs;
  for (let day = 0; day < MOST_DAYS; day++) {
    endMs = nextResetMs({ resetMinute: 0, zone }, endMs);
    if (dayOfMonth(zone, endMs) === 1) return endMs;
  }
  return endMs;
}

function dayOfMonth(zone: string, wallMs: number): number {
  let formatter = days.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric" });
    days.set(zone, formatter);
  }
  return Number(formatter.format(wallMs));
}
