/** A moment that comes once a day. */
export interface DailyReset {
  /** Minutes after midnight, local to `zone`; 0 to 1,439. */
  readonly resetMinute: number;
  /** IANA name such as `America/Los_Angeles`. */
  readonly zone: string;
}

/** A limit that is whole again once a day. */
export interface DailyLimit extends DailyReset {
  readonly max: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Formatters by zone; as many as the config names. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The next time, after `nowMs` (both wall clock), at which the zone's clocks show the reset's time of day. On a
 * day whose clocks leap over it, it is the moment of the leap or up to an hour beside it.
 */
export function nextResetMs({ resetMinute, zone }: DailyReset, nowMs: number): number {
  const sinceResetMs = modulo(timeOfDayMs(zone, nowMs) - resetMinute * MINUTE_MS, DAY_MS);
  const guessMs = nowMs - sinceResetMs + DAY_MS;
  // Clocks that were changed in between show another time of day then.
  const offMs = modulo(timeOfDayMs(zone, guessMs) - resetMinute * MINUTE_MS + DAY_MS / 2, DAY_MS) -
    DAY_MS / 2;
  const nextMs = guessMs - offMs;
  return nextMs > nowMs ? nextMs : nextMs + DAY_MS;
}

function timeOfDayMs(zone: string, wallMs: number): number {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(zone, formatter);
  }
  const [hour = 0, minute = 0, second = 0] = formatter.format(wallMs).split(":").map(Number);
  return ((hour * 60 + minute) * 60 + second) * 1000 + modulo(wallMs, 1000);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
