import type { DailyLimit } from "../../core/time/daily_reset.ts";
import { periodEndMs } from "./period_end.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** A {@link DayCount} as it is kept. */
export interface SavedDay {
  readonly count: number;
  readonly debt: number;
  /** Wall clock. */
  readonly endMs: number;
}

/** What was taken within the current day. What a request used beyond its estimate and the limit is owed by the days after it. */
export class DayCount {
  #count = 0;
  /** What days that are over still owe. */
  #debt = 0;
  /** What requests used of the current day beyond their estimates and the limit; owed when it is over, unless others give it back before. */
  #overrun = 0;
  #endMs = -Infinity;
  /** Grows with every new day. */
  #day = 0;

  /** Until when the count stands; wall clock. */
  get endMs(): number {
    return this.#endMs;
  }

  /** What counts now. */
  used(limit: DailyLimit, wallMs: number): number {
    if (wallMs < this.#endMs) return this.#count;
    const missed = this.#endMs === -Infinity ? 0 : Math.floor((wallMs - this.#endMs) / DAY_MS);
    const owed = Math.max(0, this.#debt + this.#overrun - limit.max * missed);
    this.#overrun = 0;
    this.#count = Math.min(owed, limit.max);
    this.#debt = owed - this.#count;
    this.#day++;
    this.#endMs = periodEndMs({ kind: "day", zone: limit.zone, resetMinute: limit.resetMinute }, wallMs);
    return this.#count;
  }

  /** How long `amount` must wait for another day, in milliseconds; one larger than the whole limit gets a day of its own. */
  waitMs(amount: number, limit: DailyLimit, wallMs: number): number {
    const used = this.used(limit, wallMs);
    return used > 0 && used + amount > limit.max ? this.#endMs - wallMs : 0;
  }

  /** Counts `amount` in the current day; returns which day that is, for {@link settle}. */
  take(amount: number, limit: DailyLimit, wallMs: number): number {
    this.used(limit, wallMs);
    this.#count += amount;
    return this.#day;
  }

  /** `taken` was counted in `day`, and `used` is the truth. Of a day that is over only what is missing still counts. */
  settle(day: number, taken: number, used: number, limit: DailyLimit): void {
    const change = used - taken;
    if (change <= 0) {
      if (day !== this.#day) return;
      this.#count = Math.max(0, this.#count + change);
      this.#overrun = Math.max(0, this.#overrun + change);
      return;
    }
    this.#count += change;
    // Only what this request used too much is owed: a limit that was lowered since makes no debts.
    this.#overrun += Math.min(change, Math.max(0, this.#count - limit.max));
  }

  /** Whether nothing counts and nothing is owed. */
  isEmpty(wallMs: number): boolean {
    return this.#debt + this.#overrun === 0 && (this.#count === 0 || wallMs >= this.#endMs);
  }

  /** As it is to be kept, what the day owes as a debt: nobody gives anything back after a restart. Undefined where there is nothing to keep. */
  saved(): SavedDay | undefined {
    return this.#endMs === -Infinity
      ? undefined
      : { count: this.#count, debt: this.#debt + this.#overrun, endMs: this.#endMs };
  }

  /** Takes in what was kept. */
  restore({ count, debt, endMs }: SavedDay): void {
    this.#count = count;
    this.#debt = debt;
    this.#endMs = endMs;
  }
}
