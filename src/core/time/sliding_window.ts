const MINUTE_MS = 60_000;

/** Parts of a window: sixty, and the one that is only partly within it, counted whole so that no span is ever over. */
const SLOTS = 61;

/** Slack for sums of amounts with a fraction. */
const ROUNDING = 1e-6;

/** What one part of a {@link SlidingWindow} holds: the start of the part, by the window's clock, and the amount. */
export type WindowPart = readonly [startMs: number, amount: number];

/** What was taken within the last minute, or another span, by sixtieths of it. */
export class SlidingWindow {
  readonly #slots = new Float64Array(SLOTS);
  /** Length of a part. */
  readonly #slotMs: number;
  /** The newest part that has a slot; parts are numbered by their start. */
  #newest = -Infinity;
  #sum = 0;

  /** `spanMs`: 60,000 unless told otherwise. */
  constructor(spanMs = MINUTE_MS) {
    this.#slotMs = spanMs / (SLOTS - 1);
  }

  /** Counts `amount` at `nowMs` (of whichever clock, always the same). Returns the part it is counted under, for {@link adjust}. */
  add(amount: number, nowMs: number): number {
    const part = this.#advance(nowMs);
    this.#put(part, amount);
    return part;
  }

  /** Changes what was counted under `part`; nothing when that is over. A slot never goes below 0. Returns whether it still counted. */
  adjust(part: number, change: number): boolean {
    if (part > this.#newest || part <= this.#newest - SLOTS) return false;
    this.#put(part, Math.max(change, -(this.#slots[slotOf(part)] ?? 0)));
    return true;
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
    for (let part = newest - SLOTS + 1; part <= newest; part++) {
      sum -= this.#slots[slotOf(part)] ?? 0;
      if (sum <= room) return (part + SLOTS) * this.#slotMs;
    }
    return (newest + SLOTS) * this.#slotMs;
  }

  /** When nothing of it counts any more if nothing is added: `nowMs` when that is so now. */
  emptyAtMs(nowMs: number): number {
    const newest = this.#advance(nowMs);
    if (this.#sum <= ROUNDING) return nowMs;
    for (let part = newest; part > newest - SLOTS; part--) {
      if ((this.#slots[slotOf(part)] ?? 0) > ROUNDING) return (part + SLOTS) * this.#slotMs;
    }
    return nowMs;
  }

  /** Every part that holds something at `nowMs`, oldest first; to be given to {@link add} of another window. */
  parts(nowMs: number): WindowPart[] {
    const newest = this.#advance(nowMs);
    const parts: WindowPart[] = [];
    for (let part = newest - SLOTS + 1; part <= newest; part++) {
      const amount = this.#slots[slotOf(part)] ?? 0;
      if (amount > ROUNDING) parts.push([part * this.#slotMs, amount]);
    }
    return parts;
  }

  #put(part: number, amount: number): void {
    const slot = slotOf(part);
    this.#slots[slot] = (this.#slots[slot] ?? 0) + amount;
    this.#sum += amount;
  }

  #advance(nowMs: number): number {
    const part = Math.floor(nowMs / this.#slotMs);
    if (part <= this.#newest) return this.#newest;
    if (part - this.#newest >= SLOTS) {
      this.#slots.fill(0);
      this.#sum = 0;
    } else {
      for (let gone = this.#newest + 1; gone <= part; gone++) {
        const slot = slotOf(gone);
        this.#sum -= this.#slots[slot] ?? 0;
        this.#slots[slot] = 0;
      }
    }
    this.#newest = part;
    return part;
  }
}

function slotOf(part: number): number {
  return ((part % SLOTS) + SLOTS) % SLOTS;
}
