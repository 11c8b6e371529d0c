const SECOND_MS = 1_000;

/** Slots of one second: sixty, and the one that is only partly within the last minute, counted whole so that no minute is ever over. */
const SLOTS = 61;

/** Slack for sums of amounts with a fraction. */
const ROUNDING = 1e-6;

/** What was taken within the last minute, by the second. */
export class MinuteWindow {
  readonly #slots = new Float64Array(SLOTS);
  /** The newest second that has a slot. */
  #second = -Infinity;
  #sum = 0;

  /** Counts `amount` at `nowMs` (monotonic). Returns the second it is counted under, for {@link adjust}. */
  add(amount: number, nowMs: number): number {
    const second = this.#advance(nowMs);
    this.#put(second, amount);
    return second;
  }

  /** Changes what was counted under `second`; nothing when that is over. A slot never goes below 0. */
  adjust(second: number, change: number): void {
    if (second > this.#second || second <= this.#second - SLOTS) return;
    this.#put(second, Math.max(change, -(this.#slots[slotOf(second)] ?? 0)));
  }

  /** What counts at `nowMs`. */
  sum(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  /** When `amount` fits under `max`, in monotonic milliseconds: `nowMs` when it does now. An amount over `max` waits for an empty minute. */
  fitsAtMs(amount: number, max: number, nowMs: number): number {
    const newest = this.#advance(nowMs);
    const room = Math.max(0, max - Math.min(amount, max)) + ROUNDING;
    let sum = this.#sum;
    if (sum <= room) return nowMs;
    for (let second = newest - SLOTS + 1; second <= newest; second++) {
      sum -= this.#slots[slotOf(second)] ?? 0;
      if (sum <= room) return (second + SLOTS) * SECOND_MS;
    }
    return (newest + SLOTS) * SECOND_MS;
  }

  #put(second: number, amount: number): void {
    const slot = slotOf(second);
    this.#slots[slot] = (this.#slots[slot] ?? 0) + amount;
    this.#sum += amount;
  }

  #advance(nowMs: number): number {
    const second = Math.floor(nowMs / SECOND_MS);
    if (second <= this.#second) return this.#second;
    if (second - this.#second >= SLOTS) {
      this.#slots.fill(0);
      this.#sum = 0;
    } else {
      for (let gone = this.#second + 1; gone <= second; gone++) {
        const slot = slotOf(gone);
        this.#sum -= this.#slots[slot] ?? 0;
        this.#slots[slot] = 0;
      }
    }
    this.#second = second;
    return second;
  }
}

function slotOf(second: number): number {
  return ((second % SLOTS) + SLOTS) % SLOTS;
}
