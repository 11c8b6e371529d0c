import type { LearnedDimension } from "../learned/learned_dimension.ts";
import type { LimitFact } from "../limit_facts.ts";
import { DropCounts } from "./drop_counts.ts";

/** From this much evidence (a natural logarithm of odds) two are believed to share: one in a million pairs that do not comes so far by chance. */
export const BELIEVED = 14;

/** From this much evidence against it a trial is given up. */
const REFUTED = -4;

/** How near an expectation must come, in requests, to count as a coincidence. */
const NEAR = 1;

/** What the pair's common limit was expected to have left when a request went out. */
export interface TrialMark {
  readonly total: number;
  readonly expected: number;
  readonly shift: number;
}

/**
 * Whether two keys share a limit: what both took is counted against one common limit, and each answer tells
 * whether that foretells what is left better than the key's own history does. Foreign traffic on one of them
 * makes its own history vague, but makes the common one no better.
 */
export class PairTrial<Party> {
  readonly one: Party;
  readonly other: Party;
  readonly #common: LearnedDimension;
  readonly #drops = new DropCounts();
  #total = 0;
  #shift = 0;
  #appliedSeq = 0;
  #evidence = 0;
  #coincidences = 0;

  /** `common`: what the one that was just observed has left; this trial's own from now on. */
  constructor(one: Party, other: Party, common: LearnedDimension) {
    this.one = one;
    this.other = other;
    this.#common = common;
  }

  /** Answers that only the other's requests explain. */
  get coincidences(): number {
    return this.#coincidences;
  }

  /** Whether they are now believed to share, or not to. */
  get verdict(): "shared" | "separate" | undefined {
    return this.#evidence >= BELIEVED ? "shared" : this.#evidence <= REFUTED ? "separate" : undefined;
  }

  /** One of the two sends a request. */
  take(nowMs: number): TrialMark {
    this.#common.take(1, nowMs);
    this.#total++;
    return { total: this.#total, expected: this.#common.levelAt(nowMs), shift: this.#shift };
  }

  /** One of the two was told what is left; `own` is how well its own history foretold that. */
  observe(
    fact: LimitFact,
    sent: { readonly mark: TrialMark; readonly sentMs: number; readonly seq: number },
    own: { readonly logChance: number; readonly drop: number },
    nowMs: number,
  ): void {
    const { mark, sentMs, seq } = sent;
    if (seq <= this.#appliedSeq) return;
    this.#appliedSeq = seq;
    const expected = mark.expected + this.#shift - mark.shift;
    const before = this.#common.levelAt(nowMs);
    const seen = this.#common.observe(fact, { sentMs, total: mark.total }, this.#total, nowMs);
    this.#shift += this.#common.levelAt(nowMs) - before;
    const drop = expected - seen;
    this.#evidence += this.#drops.logChance(drop) - own.logChance;
    if (Math.abs(drop) <= NEAR && own.drop > NEAR) this.#coincidences++;
  }
}
