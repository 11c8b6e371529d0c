import type { LearnedDimension } from "../learned/learned_dimension.ts";
import type { LimitFact } from "../limit_facts.ts";
import { Foreteller } from "./foreteller.ts";

/** From this much evidence (a natural logarithm of odds) two are believed to share: one in millions of pairs that do not comes so far by chance. */
const BELIEVED = 20;

/**
 * What the answers of each of the two must bring of it: keys that are used in turn always follow each other, and
 * one that shares with a third would seem to share with whoever is used beside that one.
 */
const BELIEVED_EACH = 8;

/** From this much evidence against it a trial is given up. */
const REFUTED = -4;

/** How near an expectation must come, in requests, to count as a coincidence. */
const NEAR = 1;

/** What an answer told of a key's requests, against its own history. */
export interface Sight {
  readonly fact: LimitFact;
  /** Requests fewer than expected; below 0: more. */
  readonly drop: number;
  /** The natural logarithm of the chance that its own history gave to that. */
  readonly logChance: number;
  /** Size of the parts of a request by which its own count is off. */
  readonly jitter: number;
  /** Whether its own count was full in between. */
  readonly wasFull: boolean;
}

/** What the pair's joint limit was expected to have left when a request went out. */
export interface TrialMark {
  readonly total: number;
  readonly expected: number;
  readonly shift: number;
}

/**
 * Whether two keys share a limit: what both took is counted against one joint limit, and each answer tells
 * whether that foretells what is left better than the key's own history does. Foreign traffic on one of them
 * makes its own history vague, but makes the joint one no better.
 */
export class PairTrial<Party> {
  readonly one: Party;
  readonly other: Party;
  readonly #joint: LearnedDimension;
  readonly #foreteller = new Foreteller();
  #total = 0;
  #shift = 0;
  #appliedSeq = 0;
  #appliedSentMs: number;
  #appliedTotal = 0;
  #ofOne = 0;
  #ofOther = 0;
  #coincidences = 0;

  /** `joint`: what the one that was just observed has left; this trial's own from now on. */
  constructor(one: Party, other: Party, joint: LearnedDimension, nowMs: number) {
    this.#appliedSentMs = nowMs;
    this.one = one;
    this.other = other;
    this.#joint = joint;
  }

  /** Answers that only the other's requests explain. */
  get coincidences(): number {
    return this.#coincidences;
  }

  /** Whether they are now believed to share, or not to. */
  get verdict(): "shared" | "separate" | undefined {
    const sum = this.#ofOne + this.#ofOther;
    if (Math.min(this.#ofOne, this.#ofOther) <= REFUTED || sum <= REFUTED) return "separate";
    return sum >= BELIEVED && Math.min(this.#ofOne, this.#ofOther) >= BELIEVED_EACH ? "shared" : undefined;
  }

  /** One of the two sends a request. */
  take(nowMs: number): TrialMark {
    this.#joint.take(1, nowMs);
    this.#total++;
    return { total: this.#total, expected: this.#joint.levelAt(nowMs), shift: this.#shift };
  }

  /** `party`, one of the two, was told what is left; `own` is how well its own history foretold that. */
  observe(
    party: Party,
    sent: { readonly mark: TrialMark; readonly sentMs: number; readonly seq: number },
    own: Sight,
    nowMs: number,
  ): void {
    const { mark, sentMs, seq } = sent;
    if (seq <= this.#appliedSeq) return;
    this.#appliedSeq = seq;
    const expected = mark.expected + this.#shift - mark.shift;
    const before = this.#joint.levelAt(nowMs);
    const seen = this.#joint.observe(own.fact, { sentMs, total: mark.total }, this.#total, nowMs);
    this.#shift += this.#joint.levelAt(nowMs) - before;
    const drop = expected - seen;
    const wasFull = own.wasFull || this.#joint.fullMs > this.#appliedSentMs;
    const logChance = this.#foreteller.logChance({
      units: drop,
      isExact: this.#joint.isExact,
      passedMs: sentMs - this.#appliedSentMs,
      sent: mark.total - this.#appliedTotal,
      wasFull,
    }, own.jitter);
    this.#appliedSentMs = sentMs;
    this.#appliedTotal = mark.total;
    // A rise tells against the pair in any case; nothing else does where a limit was full.
    const evidence = wasFull ? logChance : logChance - own.logChance;
    if (party === this.one) this.#ofOne += evidence;
    else this.#ofOther += evidence;
    if (Math.abs(drop) <= NEAR && own.drop > NEAR) this.#coincidences++;
  }
}
