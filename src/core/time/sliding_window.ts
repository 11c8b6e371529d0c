const MINUTE_MS = 60_000;

/** Parts of a window: sixty, and the one that is only partly within it, counted whole so that no span is ever over. */
const SLOTS = 61;

/** Slack for sums of amounts with a fraction. */
const ROUNDING = 1e-6;

/** What one part of a {@link SlidingWindow} holds: the start of the part, by the window's clock, and the amount. */
export type WindowPart = readonly [startMs: number, amount: number];

/**
 * What was taken within the last minute, or another span, by sixtieths of it. Only parts in which something was taken
 * are kept: most of many thousand windows hold a few, and few bytes are soon reached.
 */
export class SlidingWindow {
  /** Length of a part; parts are numbered by their start. */
  readonly #slotMs: number;
  /** Parts that hold something, oldest first, and what they hold; those before `#head` are over. */
  #parts: number[] = [];
  #amounts: number[] = [];
  #head = 0;
  /** The newest part there was. */
  #newest = -Infinity;
  #sum = 0;

  /** `spanMs`: 60,000 unless told otherwise. */
  constructor(spanMs = MINUTE_MS) {
    this.#slotMs = spanMs / (SLOTS - 1);
  }

  /** Counts `amount` at `nowMs` (of whichever clock, always the same). Returns the part it is counted under, for {@link adjust}. */
  add(amount: number, nowMs: number): number {
    const part = this.#advance(nowMs);
    const last = this.#parts.length - 1;
    if (last >= this.#head && this.#parts[last] === part) this.#change(last, amount);
    else {
      this.#parts.push(part);
      this.#amounts.push(amount);
      this.#sum += amount;
    }
    return part;
  }

  /** Changes what was counted under `part`; nothing when that is over. What it holds never goes below 0. Returns whether it still counted. */
  adjust(part: number, change: number): boolean {
    if (part <= this.#newest - SLOTS) return false;
    for (let at = this.#parts.length - 1; at >= this.#head; at--) {
      if (this.#parts[at] !== part) continue;
      this.#change(at, Math.max(change, -(this.#amounts[at] ?? 0)));
      return true;
    }
    return false;
  }

  /** Takes out what all parts hold, and keeps the parts: what is told of them later still counts as long as they do. */
  empty(): void {
    this.#amounts.fill(0);
    this.#sum = 0;
  }

  /** What counts at `nowMs`. */
  sum(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  /** When `amount` fits under `max`: `nowMs` when it does now. An amount over `max` waits for an empty window. */
  fitsAtMs(amount: number, max: number, nowMs: number): number {
    const newest = this.#advance(nowMs);
    const room = Math.max(0, max - Math.min(amount, max)) + ROUNDING;
    let sum = this.#sum;
    if (sum <= room) return nowMs;
    for (let at = this.#head; at < this.#parts.length; at++) {
      sum -= this.#amounts[at] ?? 0;
      if (sum <= room) return ((this.#parts[at] ?? newest) + SLOTS) * this.#slotMs;
    }
    return (newest + SLOTS) * this.#slotMs;
  }

  /** When nothing of it counts any more if nothing is added: `nowMs` when that is so now. */
  emptyAtMs(nowMs: number): number {
    this.#advance(nowMs);
    for (let at = this.#parts.length - 1; at >= this.#head; at--) {
      if ((this.#amounts[at] ?? 0) > ROUNDING) return ((this.#parts[at] ?? 0) + SLOTS) * this.#slotMs;
    }
    return nowMs;
  }

  /** Every part that holds something at `nowMs`, oldest first; to be given to {@link add} of another window. */
  parts(nowMs: number): WindowPart[] {
    this.#advance(nowMs);
    const parts: WindowPart[] = [];
    for (let at = this.#head; at < this.#parts.length; at++) {
      const amount = this.#amounts[at] ?? 0;
      if (amount > ROUNDING) parts.push([(this.#parts[at] ?? 0) * this.#slotMs, amount]);
    }
    return parts;
  }

  #change(at: number, change: number): void {
    this.#amounts[at] = (this.#amounts[at] ?? 0) + change;
    this.#sum += change;
  }

  #advance(nowMs: number): number {
    const part = Math.floor(nowMs / this.#slotMs);
    if (part <= this.#newest) return this.#newest;
    this.#newest = part;
    while (this.#head < this.#parts.length && (this.#parts[this.#head] ?? part) <= part - SLOTS) {
      this.#sum -= this.#amounts[this.#head] ?? 0;
      this.#head++;
    }
    if (this.#head === this.#parts.length) {
      if (this.#head > 0) {
        this.#parts = [];
        this.#amounts = [];
        this.#head = 0;
      }
      // What sums of fractions leave over must not add up.
      this.#sum = 0;
    } else if (this.#head > SLOTS) {
      this.#parts = this.#parts.slice(this.#head);
      this.#amounts = this.#amounts.slice(this.#head);
      this.#head = 0;
    }
    return part;
  }
}
