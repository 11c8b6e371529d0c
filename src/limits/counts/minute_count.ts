import { SlidingWindow, type WindowPart } from "../../core/time/sliding_window.ts";

const MINUTE_MS = 60_000;

/** A {@link MinuteCount} as it is kept. */
export interface SavedMinute {
  readonly parts: readonly WindowPart[];
  readonly debt: number;
}

/**
 * What was taken within the last minute of something whose true size is told afterwards. Within any 60 seconds
 * never more is taken and paid back than the limit: what a request used beyond its estimate is a debt that takes the
 * room of the minutes after it, until it is paid.
 */
export class MinuteCount extends SlidingWindow {
  #debt = 0;

  /** What is still to be paid. */
  get debt(): number {
    return this.#debt;
  }

  /** When `amount` fits (monotonic): `nowMs` when it does now. An amount over the limit waits for an empty minute, and is taken as the limit. */
  override fitsAtMs(amount: number, max: number, nowMs: number): number {
    this.#pay(max, nowMs);
    const wanted = Math.min(amount, max) + this.#debt;
    if (wanted <= max) return super.fitsAtMs(wanted, max, nowMs);
    // Each whole limit of it takes a minute of its own.
    const minutes = Math.ceil(wanted / max) - 1;
    return super.fitsAtMs(max, max, nowMs) + minutes * MINUTE_MS;
  }

  /** Counts what fits; returns its part of the minute, for {@link settle}. */
  take(amount: number, max: number, nowMs: number): number {
    return super.add(Math.min(amount, max), nowMs);
  }

  /** `taken` was counted under `part`, and `used` is the truth: what is left over is given back, what is missing is owed. */
  settle(part: number, taken: number, used: number): void {
    if (used > taken) this.#debt += used - taken;
    else super.adjust(part, used - taken);
  }

  /** What counts now, what is owed included; may be over the limit. */
  used(max: number, nowMs: number): number {
    this.#pay(max, nowMs);
    return super.sum(nowMs) + this.#debt;
  }

  /** When nothing counts any more; `nowMs` when that is so now. */
  wholeAtMs(max: number, nowMs: number): number {
    this.#pay(max, nowMs);
    return super.emptyAtMs(nowMs) + Math.ceil(this.#debt / max) * MINUTE_MS;
  }

  /** Whether nothing counts and nothing is owed. */
  isEmpty(nowMs: number): boolean {
    return this.#debt === 0 && super.emptyAtMs(nowMs) === nowMs;
  }

  /** As it is to be kept, its times moved by `offsetMs`: from the process's clock to the wall's. */
  saved(nowMs: number, offsetMs: number): SavedMinute {
    const parts = super.parts(nowMs).map(([startMs, amount]): WindowPart => [
      startMs + offsetMs,
      amount,
    ]);
    return { parts, debt: this.#debt };
  }

  /** Takes in what was kept. */
  restore({ parts, debt }: SavedMinute, offsetMs: number): void {
    // A part that began within another second is counted under the later of the two, so that no minute is over.
    for (const [startMs, amount] of parts) {
      super.add(amount, Math.ceil((startMs - offsetMs) / 1_000) * 1_000);
    }
    this.#debt += debt;
  }

  #pay(max: number, nowMs: number): void {
    if (this.#debt === 0) return;
    const paid = Math.min(this.#debt, Math.max(0, max - super.sum(nowMs)));
    if (paid <= 0) return;
    super.add(paid, nowMs);
    this.#debt -= paid;
  }
}
