import { LearnedDimension } from "./learned_dimension.ts";
import { RecentCount } from "./recent_count.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** What a refusal lowers the limit to, at most (AIMD as in Netflix's concurrency-limits). */
const DECREASE = 0.9;

/** What one refusal lowers it to, at least: one odd minute must not ruin it. */
const STEEPEST_DECREASE = 0.5;

/** What a minute without a refusal adds: one, or this share where the limit is large. */
const INCREASE = 0.02;

/** Refusals within this time are one: they were under way together. */
const SAME_REFUSAL_MS = 10 * SECOND_MS;

/** Longest time between two refusals from which the limit can be measured: later it was surely full in between. */
const MEASURABLE_MS = 2 * MINUTE_MS;

/** Share of the limit that may go out at once: five seconds' worth, since many vendors cut their minute. */
const BURST = 1 / 12;

/**
 * The limit of a vendor that tells none: nothing until it refuses, then what it had let through by then,
 * lowered with every further refusal and raised with every clean minute. What it lets through between two
 * refusals is its refill, and so measures the limit.
 */
export class UntoldLimit {
  readonly #accepted = new RecentCount();
  #firstMs: number | undefined;
  #sinceRefusal = 0;
  #refusedMs = -Infinity;
  #changedMs = -Infinity;

  /** The vendor let one through. */
  accepted(nowMs: number): void {
    this.#firstMs ??= nowMs;
    this.#accepted.add(nowMs);
    this.#sinceRefusal++;
  }

  /**
   * The vendor refused: makes or lowers the limit. `toldMs`: when it said to come back; it then lets one through,
   * whatever the limit found by trying makes of it.
   */
  refused(known: LearnedDimension | undefined, nowMs: number, toldMs: number | undefined): LearnedDimension {
    const dimension = known ?? new LearnedDimension(1, undefined, nowMs);
    if (known === undefined) {
      const knownMs = nowMs - (this.#firstMs ?? nowMs);
      const elapsedMs = Math.min(MINUTE_MS, Math.max(SAME_REFUSAL_MS, knownMs));
      this.#change(dimension, DECREASE * this.#accepted.at(nowMs) * MINUTE_MS / elapsedMs, nowMs);
    } else if (nowMs - this.#refusedMs >= SAME_REFUSAL_MS) {
      const sinceMs = nowMs - this.#refusedMs;
      const measured = sinceMs <= MEASURABLE_MS ? this.#sinceRefusal * MINUTE_MS / sinceMs : Infinity;
      const { limit } = known;
      this.#change(known, Math.max(limit * STEEPEST_DECREASE, Math.min(limit * DECREASE, measured)), nowMs);
    }
    if (nowMs - this.#refusedMs >= SAME_REFUSAL_MS) {
      this.#refusedMs = nowMs;
      this.#sinceRefusal = 0;
    }
    dimension.empty(nowMs);
    if (toldMs !== undefined) {
      const thenLeft = dimension.levelAt(nowMs) + toldMs * dimension.limit / MINUTE_MS;
      dimension.give(Math.max(0, 1 - thenLeft), nowMs);
    }
    return dimension;
  }

  /** To be asked before each request: raises the limit after a clean minute. */
  grow(dimension: LearnedDimension, nowMs: number): void {
    if (nowMs - this.#changedMs < MINUTE_MS || nowMs - this.#refusedMs < MINUTE_MS) return;
    this.#change(dimension, dimension.limit + Math.max(1, dimension.limit * INCREASE), nowMs);
  }

  #change(dimension: LearnedDimension, limit: number, nowMs: number): void {
    const sound = Math.max(1, limit);
    dimension.assume(sound, sound * BURST, nowMs);
    this.#changedMs = nowMs;
  }
}
