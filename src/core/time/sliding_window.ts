const MINUTE_MS = 60_000;

/** Parts of a window: sixty, and the one that is only partly within it, counted whole so that no span is ever over. */
const SLOTS = 61;

/** Slack for sums of amounts with a fraction. */
const ROUNDING = 1e-6;

/** What one part of a {@link SlidingWindow} holds: the start of the part, by the window's clock, and the amount. */
export type WindowPart = readonly [startMs: number, amount: number];

/** Numbered below every part there is; a small whole number, which needs no memory of its own. */
const NEVER = -1_000_000_000;

/**
 * What was taken within the last minute, or another span, by sixtieths of it. The newest part, which is nearly all that
 * is asked and counted, lies in the window itself; of the older ones only those are kept that hold something. Most of
 * many thousand windows hold a few, and few bytes are soon reached.
 */
export class SlidingWindow {
  /** Length of a part; parts are numbered by their start. */
  readonly #slotMs: number;
  /** The newest part there was, and what it holds. */
  #newest = NEVER;
  #amount = 0;
  /** Of all parts. */
  #sum = 0;
  /** The older parts that hold something, oldest first: of each its number, then its amount. Those before `#head` are over. */
  #older: number[] | undefined;
  #head = 0;

  /** `spanMs`: 60,000 unless told otherwise. */
  constructor(spanMs = MINUTE_MS) {
    this.#slotMs = spanMs / (SLOTS - 1);
  }

  /** Counts `amount` at `nowMs` (of whichever clock, always the same). Returns the part it is counted under, for {@link adjust}. */
  add(amount: number, nowMs: number): number {
    const part = this.#advance(nowMs);
    this.#amount += amount;
    this.#sum += amount;
    return part;
  }

  /** Changes what was counted under `part`; nothing when that is over. What it holds never goes below 0. Returns whether it still counted. */
  adjust(part: number, change: number): boolean {
    if (part <= this.#newest - SLOTS) return false;
    if (part === this.#newest) {
      const applied = Math.max(change, -this.#amount);
      this.#amount += applied;
      this.#sum += applied;
    } else this.#adjustOlder(part, change);
    return true;
  }

  /** Takes out what all parts hold; what is told of them later still counts as long as they do. */
  empty(): void {
    this.#amount = 0;
    this.#sum = 0;
    this.#older = undefined;
    this.#head = 0;
  }

  /** What counts at `nowMs`. */
  sum(nowMs: number): number {
    this.#advance(nowMs);
    return this.#sum;
  }

  /** When `amount` fits under `max`: `nowMs` when it does now. An amount over `max` waits for an empty window. */
  fitsAtMs(amount: number, max: number, nowMs: number): number {
    this.#advance(nowMs);
    const room = Math.max(0, max - Math.min(amount, max)) + ROUNDING;
    return this.#sum <= room ? nowMs : this.#roomAtMs(room);
  }

  /** When nothing of it counts any more if nothing is added: `nowMs` when that is so now. */
  emptyAtMs(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#amount > ROUNDING) return this.#endMs(this.#newest);
    const older = this.#older ?? [];
    for (let at = older.length - 2; at >= this.#head; at -= 2) {
      if ((older[at + 1] ?? 0) > ROUNDING) return this.#endMs(older[at] ?? 0);
    }
    return nowMs;
  }

  /** Every part that holds something at `nowMs`, oldest first; to be given to {@link add} of another window. */
  parts(nowMs: number): WindowPart[] {
    this.#advance(nowMs);
    const parts: WindowPart[] = [];
    const older = this.#older ?? [];
    for (let at = this.#head; at < older.length; at += 2) {
      const amount = older[at + 1] ?? 0;
      if (amount > ROUNDING) parts.push([(older[at] ?? 0) * this.#slotMs, amount]);
    }
    if (this.#amount > ROUNDING) parts.push([this.#newest * this.#slotMs, this.#amount]);
    return parts;
  }

  /** When a part counts no more. */
  #endMs(part: number): number {
    return (part + SLOTS) * this.#slotMs;
  }

  /** When no more than `room` is left of what counts. */
  #roomAtMs(room: number): number {
    const older = this.#older ?? [];
    let sum = this.#sum;
    for (let at = this.#head; at < older.length; at += 2) {
      sum -= older[at + 1] ?? 0;
      if (sum <= room) return this.#endMs(older[at] ?? 0);
    }
    return this.#endMs(this.#newest);
  }

  #adjustOlder(part: number, change: number): void {
    const older = this.#older ??= [];
    let at = older.length - 2;
    while (at >= this.#head && (older[at] ?? 0) > part) at -= 2;
    const isKept = at >= this.#head && older[at] === part;
    const held = isKept ? older[at + 1] ?? 0 : 0;
    const applied = Math.max(change, -held);
    if (isKept) older[at + 1] = held + applied;
    else if (applied > 0) older.splice(at + 2, 0, part, applied);
    this.#sum += applied;
  }

  #advance(nowMs: number): number {
    const part = Math.floor(nowMs / this.#slotMs);
    if (part > this.#newest) this.#begin(part);
    return this.#newest;
  }

  /** Begins a newer part, and lets go of those that are over with it. */
  #begin(part: number): void {
    if (this.#amount !== 0) (this.#older ??= []).push(this.#newest, this.#amount);
    this.#newest = part;
    this.#amount = 0;
    const older = this.#older ?? [];
    while (this.#head < older.length && (older[this.#head] ?? 0) <= part - SLOTS) {
      this.#sum -= older[this.#head + 1] ?? 0;
      this.#head += 2;
    }
    // What sums of fractions leave over must not add up.
    if (this.#head === older.length) this.empty();
    else if (this.#head > 2 * SLOTS) {
      this.#older = older.slice(this.#head);
      this.#head = 0;
    }
  }
}
