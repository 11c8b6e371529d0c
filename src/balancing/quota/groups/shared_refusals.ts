import type { LearnedLimits } from "../learned/learned_limits.ts";

/** A refusal this shortly after another's may be the same empty limit. In milliseconds. */
const TOGETHER_MS = 1_000;

/** Chance that a key is refused right after another that shares its limit; overtaking and refill leave a rest. */
const SHARED_CHANCE = 0.97;

/** From this much evidence (a natural logarithm of odds) two are believed to share: a dozen refusals together and none apart. */
const BELIEVED = 12;

/** Evidence against a pair is forgotten beyond this, so that a change at the vendor is still noticed. */
const DISBELIEVED = -6;

/** Most pairs kept of one key. */
const MAX_PAIRS = 64;

/** How often keys of the class are refused right after one another, before any was seen. */
const PRIOR_REFUSED = 3;
const PRIOR_TRIED = 10;

interface PairCount {
  evidence: number;
  coincidences: number;
}

/**
 * Finds limits that refuse together, where the vendor tells none. Measured against how often any two keys of
 * the place do: when everybody is refused at once, that says nothing of any two.
 */
export class SharedRefusals {
  /** Refused within the last second, oldest first. */
  readonly #recent = new Map<LearnedLimits, number>();
  readonly #pairs = new Map<LearnedLimits, Map<LearnedLimits, PairCount>>();
  #refused = PRIOR_REFUSED;
  #tried = PRIOR_TRIED;

  /** An answer to a request sent at `sentMs`. Returns another that is now believed to share its limit, with the count of coincidences. */
  answered(
    limits: LearnedLimits,
    answer: { readonly isRefused: boolean; readonly sentMs: number },
    nowMs: number,
  ): { readonly other: LearnedLimits; readonly coincidences: number } | undefined {
    let found: { other: LearnedLimits; coincidences: number } | undefined;
    for (const [other, refusedMs] of this.#recent) {
      if (nowMs - refusedMs > TOGETHER_MS) this.#recent.delete(other);
      // Only what was sent afterwards met the limit that had refused the other.
      else if (other !== limits && answer.sentMs >= refusedMs) {
        found = this.#count(limits, other, answer.isRefused) ?? found;
      }
    }
    if (answer.isRefused) {
      this.#recent.delete(limits);
      if (this.#recent.size < MAX_PAIRS) this.#recent.set(limits, nowMs);
    }
    return found;
  }

  /** Nothing of it counts any more. */
  forget(limits: LearnedLimits): void {
    this.#recent.delete(limits);
    for (const other of this.#pairs.get(limits)?.keys() ?? []) this.#pairs.get(other)?.delete(limits);
    this.#pairs.delete(limits);
  }

  #count(limits: LearnedLimits, other: LearnedLimits, isRefused: boolean) {
    const pair = this.#pairOf(limits, other);
    const usual = this.#refused / this.#tried;
    this.#tried++;
    if (isRefused) this.#refused++;
    if (pair === undefined) return undefined;
    pair.evidence += isRefused
      ? Math.log(SHARED_CHANCE / usual)
      : Math.log((1 - SHARED_CHANCE) / (1 - usual));
    pair.evidence = Math.max(DISBELIEVED, pair.evidence);
    if (isRefused) pair.coincidences++;
    return pair.evidence >= BELIEVED ? { other, coincidences: pair.coincidences } : undefined;
  }

  #pairOf(limits: LearnedLimits, other: LearnedLimits): PairCount | undefined {
    const known = this.#pairs.get(limits)?.get(other);
    if (known !== undefined) return known;
    const pair = { evidence: 0, coincidences: 0 };
    for (const [one, two] of [[limits, other], [other, limits]] as const) {
      let pairs = this.#pairs.get(one);
      if (pairs === undefined) this.#pairs.set(one, pairs = new Map());
      if (pairs.size >= MAX_PAIRS) return undefined;
      pairs.set(two, pair);
    }
    return pair;
  }
}
