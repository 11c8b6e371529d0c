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

/** Fewest let through in the last minute from which a limit is guessed at the first refusal that told its time. */
const FEWEST_TO_GUESS = 10;

/** What a clean time multiplies a guess by that was not tested yet: far too low, it must not take hours. */
const DOUBLING = 2;

/** Share of the limit that must have been let through to double it: more than is asked for tells nothing. */
const IN_USE = 0.5;

/** Share of the limit that may go out at once: five seconds' worth, since many vendors cut their minute. */
const BURST = 1 / 12;

/** What refusals showed. */
interface Tested {
  refusedMs: number;
  /** When the limit was changed last, and what was let through since. */
  changedMs: number;
  sinceChange: number;
  /** Whether no refusal after something let through has tested the limit yet. */
  isUntested: boolean;
  /** For how long nothing may be refused until an untested limit is doubled. */
  cleanMs: number;
}

/**
 * The limit of a vendor that tells none: nothing until it refuses, then what it had let through by then,
 * lowered with every further refusal and raised with every clean minute; doubled until a first refusal tests it.
 * What it lets through between two refusals is its refill, and so measures the limit.
 */
export class UntoldLimit {
  readonly #accepted = new RecentCount();
  #firstMs: number | undefined;
  #sinceRefusal = 0;
  /** Undefined until the vendor refuses: of many thousand keys most are never refused. */
  #tested: Tested | undefined;

  /** The vendor let one through. */
  accepted(nowMs: number): void {
    this.#firstMs ??= nowMs;
    this.#accepted.add(nowMs);
    this.#sinceRefusal++;
    if (this.#tested !== undefined) this.#tested.sinceChange++;
  }

  /**
   * The vendor refused: makes or lowers the limit. `toldMs`: when it said to come back; it then lets one through,
   * whatever the limit found by trying makes of it. Undefined: it let too little through to guess a limit from, so
   * that its told time alone holds.
   */
  refused(
    known: LearnedDimension | undefined,
    nowMs: number,
    toldMs: number | undefined,
  ): LearnedDimension | undefined {
    const tested = this.#tested ??= {
      ...{ refusedMs: -Infinity, changedMs: -Infinity, sinceChange: 0 },
      ...{ isUntested: false, cleanMs: SAME_REFUSAL_MS },
    };
    const sinceMs = nowMs - tested.refusedMs;
    const sinceRefusal = this.#sinceRefusal;
    if (sinceMs >= SAME_REFUSAL_MS) {
      tested.refusedMs = nowMs;
      this.#sinceRefusal = 0;
    }
    const isRepeated = sinceMs >= SAME_REFUSAL_MS && sinceMs <= MEASURABLE_MS;
    const accepted = this.#accepted.at(nowMs);
    if (known === undefined && toldMs !== undefined && !isRepeated && accepted < FEWEST_TO_GUESS) {
      return undefined;
    }
    tested.cleanMs = Math.min(MINUTE_MS, Math.max(SAME_REFUSAL_MS, toldMs ?? 0));
    const dimension = known ?? new LearnedDimension(1, undefined, nowMs);
    if (known === undefined) {
      const knownMs = nowMs - (this.#firstMs ?? nowMs);
      const elapsedMs = Math.min(MINUTE_MS, Math.max(SAME_REFUSAL_MS, knownMs));
      tested.isUntested = true;
      change(tested, dimension, DECREASE * accepted * MINUTE_MS / elapsedMs, nowMs);
    } else if (sinceMs >= SAME_REFUSAL_MS) {
      const measured = sinceMs <= MEASURABLE_MS ? sinceRefusal * MINUTE_MS / sinceMs : Infinity;
      const { limit } = known;
      // With nothing let through in between, the refusal measured no limit: the vendor was closed.
      tested.isUntested = sinceRefusal === 0;
      change(tested, known, Math.max(limit * STEEPEST_DECREASE, Math.min(limit * DECREASE, measured)), nowMs);
    }
    dimension.empty(nowMs);
    if (toldMs !== undefined) {
      const thenLeft = dimension.levelAt(nowMs) + toldMs * dimension.limit / MINUTE_MS;
      dimension.give(Math.max(0, 1 - thenLeft), nowMs);
    }
    return dimension;
  }

  /** To be asked before each request: doubles an untested limit that is in use, raises any after a clean minute. */
  grow(dimension: LearnedDimension, nowMs: number): void {
    const tested = this.#tested;
    // Only a refusal makes a limit.
    if (tested === undefined) return;
    const { changedMs } = tested;
    const cleanMs = Math.min(nowMs - changedMs, nowMs - tested.refusedMs);
    const { limit } = dimension;
    const used = Math.max(1, IN_USE * limit * (nowMs - changedMs) / MINUTE_MS);
    if (tested.isUntested && cleanMs >= tested.cleanMs && tested.sinceChange >= used) {
      change(tested, dimension, limit * DOUBLING, nowMs);
    } else if (cleanMs >= MINUTE_MS) {
      change(tested, dimension, limit + Math.max(1, limit * INCREASE), nowMs);
    }
  }
}

function change(tested: Tested, dimension: LearnedDimension, limit: number, nowMs: number): void {
  const sound = Math.max(1, limit);
  dimension.assume(sound, sound * BURST, nowMs);
  tested.changedMs = nowMs;
  tested.sinceChange = 0;
}
