import type { LimitFact } from "../limit_facts.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Resets nearer to each other than this are the same: many vendors tell whole seconds. In milliseconds. */
const RESET_ROUNDING_MS = 1_100;

/** Answers further apart than this tell how a limit comes back: in between, it must have. In milliseconds. */
const TELLING_APART_MS = 3_000;

/** Times, less those of the contrary, that one and the same reset was told until the limit is believed to come back at once. */
const STEP_SIGHTS = 2;
const MOST_STEP_SIGHTS = 4;

/** Windows nearer to each other than this share are the same. */
const WINDOW_ROUNDING = 0.15;

/** Fewest units used from which the length of a window can be told: what is left is rounded down. */
const WINDOW_UNITS = 4;

/** Memory of the pace at which others use the limit. In milliseconds. */
const OTHERS_DECAY_MS = 10_000;

/** Longest time for which others are believed to have gone on since the last telling. In milliseconds. */
const OTHERS_GO_ON_MS = 3_000;

/** Slack for sums of amounts with a fraction. */
const ROUNDING = 1e-6;

/** When and after how much a request was let in, as far as its sender knows. */
export interface SendMark {
  /** Monotonic. */
  readonly sentMs: number;
  /** All that was ever taken of the dimension before and with the request. */
  readonly total: number;
}

/**
 * One limit of a vendor, as its answers tell it: what was left at the last telling, less what went out since,
 * refilled evenly over the window (OpenAI's and Anthropic's way), or whole at once where every answer names the
 * same moment of reset. Nothing raises it beyond the limit.
 */
export class LearnedDimension {
  #limit: number;
  /** Most that was seen left: a vendor that cuts its minute into seconds never leaves more than a few. */
  #capacity: number;
  #level: number;
  #atMs: number;
  #windowMs = MINUTE_MS;
  #otherWindowMs = 0;
  #stepSights = 0;
  #isExact = false;
  #fullMs = -Infinity;
  #resetAtMs = Infinity;
  /** An earlier answer, to compare later ones with. */
  #anchor: { readonly atMs: number; readonly resetAtMs: number; readonly whole: number } | undefined;

  /** What others take of it, a millisecond; and when the last telling was as of. */
  #othersPerMs = 0;
  #toldMs = Infinity;
  readonly #findsCapacity: boolean;

  /** Begins with `capacity`, and as full. A capacity below the limit is found out by what is seen left; `undefined`: it is the limit. */
  constructor(limit: number, capacity: number | undefined, nowMs: number) {
    this.#limit = limit;
    this.#findsCapacity = capacity !== undefined;
    this.#capacity = Math.min(limit, capacity ?? limit);
    this.#level = this.#capacity;
    this.#atMs = nowMs;
  }

  /** Another of the same standing, which goes its own way from now on. */
  copy(): LearnedDimension {
    const copy = new LearnedDimension(
      this.#limit,
      this.#findsCapacity ? this.#capacity : undefined,
      this.#atMs,
    );
    copy.#capacity = this.#capacity;
    copy.#level = this.#level;
    copy.#windowMs = this.#windowMs;
    copy.#otherWindowMs = this.#otherWindowMs;
    copy.#stepSights = this.#stepSights;
    copy.#resetAtMs = this.#resetAtMs;
    copy.#anchor = this.#anchor;
    return copy;
  }

  /** Whether the last answer told what is left to a fraction. */
  get isExact(): boolean {
    return this.#isExact;
  }

  /** When it was last seen full, in monotonic milliseconds: what came back then is lost to any count. */
  get fullMs(): number {
    return this.#fullMs;
  }

  /** What the vendor grants for one window. */
  get limit(): number {
    return this.#limit;
  }

  /** Most that is believed to be there at once. */
  get capacity(): number {
    return this.#capacity;
  }

  /** What is granted for a minute. */
  get perMinute(): number {
    return this.#limit * MINUTE_MS / this.#windowMs;
  }

  /** What is left at `nowMs`; below 0 when more went out than there was. */
  levelAt(nowMs: number): number {
    if (this.#isStepwise) return nowMs >= this.#resetAtMs ? this.#capacity : this.#level;
    const grownMs = Math.max(0, nowMs - this.#atMs);
    return Math.min(this.#capacity, this.#level + grownMs * this.#limit / this.#windowMs);
  }

  /** When `amount` is there; an amount over all that can be there waits for a whole limit. */
  fitsAtMs(amount: number, nowMs: number): number {
    const lacking = Math.min(amount, this.#capacity) - this.leftAt(nowMs);
    if (lacking <= ROUNDING) return nowMs;
    if (this.#isStepwise && this.#resetAtMs < Infinity) return this.#resetAtMs;
    return nowMs + lacking * this.#windowMs / this.#limit;
  }

  /** What is left at `nowMs` if others went on since the last telling; a whole limit is never doubted. */
  leftAt(nowMs: number): number {
    const level = this.levelAt(nowMs);
    if (this.#othersPerMs === 0 || level >= this.#capacity) return level;
    return level - this.#othersPerMs * Math.min(OTHERS_GO_ON_MS, Math.max(0, nowMs - this.#toldMs));
  }

  /** Others took `units` within `passedMs`, as far as an answer showed; below 0: gave back. */
  othersTook(units: number, passedMs: number): void {
    if (passedMs <= 0) return;
    const pace = Math.min(this.#limit / this.#windowMs, Math.max(0, units / passedMs));
    this.#othersPerMs += (1 - Math.exp(-passedMs / OTHERS_DECAY_MS)) * (pace - this.#othersPerMs);
  }

  /** A request goes out. */
  take(amount: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#level -= Math.min(this.#limit, amount);
  }

  /** Corrects what is left by what became known otherwise than by the vendor's telling. */
  give(amount: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#level = Math.min(this.#capacity, this.#level + amount);
  }

  /** The vendor refused: there is nothing left. */
  empty(nowMs: number): void {
    this.#advance(nowMs);
    this.#level = Math.min(this.#level, 0);
  }

  /** Sets a limit and a capacity that nobody told but were found by trying. */
  assume(limit: number, capacity: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#limit = limit;
    this.#capacity = Math.min(limit, Math.max(1, capacity));
    this.#level = Math.min(this.#level, this.#capacity);
  }

  /**
   * Takes in what the vendor told in its answer to `sent`; `total` is what was taken up to now. Returns what was
   * left right after `sent`, with its fraction where the reset tells it.
   */
  observe(fact: LimitFact, sent: SendMark, total: number, nowMs: number): number {
    const remaining = Math.min(fact.limit, fact.remaining);
    this.#limit = fact.limit;
    if (fact.resetMs !== undefined) this.#learnWindow(fact.limit, remaining, fact.resetMs, sent.sentMs);
    const level = this.#exactLevel(remaining, fact.resetMs);
    this.#capacity = this.#findsCapacity
      // Its own unit was there too before it was let in.
      ? Math.min(fact.limit, Math.max(this.#capacity, remaining + 1))
      : fact.limit;
    this.#level = level;
    this.#atMs = sent.sentMs;
    this.#toldMs = sent.sentMs;
    this.#advance(nowMs);
    // Estimates may be far too high: they never put the limit in debt by more than itself.
    this.#level -= Math.min(fact.limit, total - sent.total);
    return level;
  }

  get #isStepwise(): boolean {
    return this.#stepSights >= STEP_SIGHTS;
  }

  #advance(nowMs: number): void {
    this.#level = this.levelAt(nowMs);
    if (this.#level >= this.#capacity) this.#fullMs = Math.max(this.#fullMs, nowMs);
    if (this.#isStepwise && nowMs >= this.#resetAtMs) this.#resetAtMs = Infinity;
    this.#atMs = Math.max(this.#atMs, nowMs);
  }

  /** Vendors round what is left down to a whole number; an exact reset tells the fraction. */
  #exactLevel(remaining: number, resetMs: number | undefined): number {
    this.#isExact = false;
    if (resetMs === undefined || this.#isStepwise) return remaining;
    const exact = this.#capacity - resetMs * this.#limit / this.#windowMs;
    this.#isExact = resetMs % SECOND_MS !== 0 && exact >= remaining && exact < remaining + 1;
    return this.#isExact ? exact : remaining;
  }

  /**
   * Tells an even refill from one at once, and learns what is there at once and the length of the window. What is
   * left and what comes until the reset make a whole limit, the same at any time, where it comes back evenly.
   */
  #learnWindow(limit: number, remaining: number, resetMs: number, sentMs: number): void {
    const resetAtMs = sentMs + resetMs;
    this.#resetAtMs = resetAtMs;
    const whole = remaining + resetMs * limit / this.#windowMs;
    const anchor = this.#anchor;
    if (anchor !== undefined && sentMs - anchor.atMs < TELLING_APART_MS) return;
    this.#anchor = { atMs: sentMs, resetAtMs, whole };
    if (anchor === undefined) return;
    const unitMs = this.#windowMs / limit;
    if (Math.abs(whole - anchor.whole) * unitMs <= RESET_ROUNDING_MS + unitMs) {
      this.#stepSights = Math.max(0, this.#stepSights - 1);
      if (this.#findsCapacity && whole < limit) this.#capacity = Math.max(1, Math.ceil(whole - ROUNDING));
    } else if (Math.abs(resetAtMs - anchor.resetAtMs) <= RESET_ROUNDING_MS) {
      this.#stepSights = Math.min(MOST_STEP_SIGHTS, this.#stepSights + 1);
    } else this.#learnLength(limit, limit - remaining, resetMs);
  }

  /** The reset fits neither: perhaps the window is no minute. Two that agree are believed. */
  #learnLength(limit: number, used: number, resetMs: number): void {
    if (used < WINDOW_UNITS) return;
    const windowMs = resetMs * limit / used;
    if (windowMs > MINUTE_MS && Math.abs(windowMs - this.#otherWindowMs) <= windowMs * WINDOW_ROUNDING) {
      this.#windowMs = windowMs;
      this.#anchor = undefined;
    }
    this.#otherWindowMs = windowMs;
  }
}
