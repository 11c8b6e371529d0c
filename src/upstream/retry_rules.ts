import type { Candidate } from "../balancing/endpoint.ts";
import { mayTryElsewhere, type Outcome, type OutcomeClass } from "../core/outcome.ts";
import { isTimeout } from "./classify.ts";
import { ABOUT_KEYS } from "./verdict.ts";

/** No request tries more often than this, whatever its attempts cost. */
const MAX_TRIES = 100;

/** The first pause before the same upstream is asked again is up to this long, each next up to twice as long, in milliseconds. */
const FIRST_BACKOFF_MS = 100;

/** The longest such pause, in milliseconds. */
const MAX_BACKOFF_MS = 1_000;

/** Classes of an upstream that has worked, or tried to; a refused key or a limit costs it nothing. */
const BURDENED: readonly OutcomeClass[] = ["broken", "overloaded", "unreachable"];

/** Methods that may be repeated although the upstream may have acted on them (RFC 9110 §9.2.2). */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"];

/** What the rules must know of the request. */
export interface RetryFacts {
  readonly method: string;
  /** The path makes answers, so that a second delivery costs tokens but changes no account. */
  readonly inference: boolean;
  /** Most attempts; those that cost an upstream nothing are not counted. */
  readonly maxAttempts: number;
}

/** Whether one request may be tried again, and after which pause. Holds the count of what its attempts cost. */
export class RetryRules {
  readonly #facts: RetryFacts;
  #tries = 0;
  #counted = 0;
  #capabilityMissed = false;

  constructor(facts: RetryFacts) {
    this.#facts = facts;
  }

  /** Takes in that an attempt failed without the client seeing it; whether another endpoint may be tried now. */
  mayGoOn(candidate: Candidate, outcome: Outcome): boolean {
    this.#tries++;
    const aboutKey = ABOUT_KEYS.includes(outcome.class);
    if (outcome.free !== true && !aboutKey) this.#counted++;
    if (!mayTryElsewhere(outcome) || this.#tries >= MAX_TRIES) return false;
    if (candidate.endpoint.key === "client" && aboutKey) return false;
    if (this.#counted >= this.#facts.maxAttempts || !this.#maySendAgain(outcome)) return false;
    // Another kind of upstream may know what this one does not, but only one is asked.
    if (outcome.class !== "capability") return true;
    const first = !this.#capabilityMissed;
    this.#capabilityMissed = true;
    return first;
  }

  /** Whether the last endpoint, after which nobody is left, may be asked once more after `outcome`. */
  mayRepeat(outcome: Outcome): boolean {
    const passing = outcome.class === "broken" || outcome.class === "overloaded" ||
      outcome.class === "unreachable";
    return passing && !isTimeout(outcome) && (outcome.cooldownMs ?? 0) <= MAX_BACKOFF_MS;
  }

  /** Whether an attempt that came to this has cost an upstream work, so that one more must be in the pool's budget. */
  costsWork(outcome: Outcome): boolean {
    return outcome.free !== true && BURDENED.includes(outcome.class);
  }

  /**
   * How long to wait before `next` is asked, in milliseconds: a random part of a growing time where the same
   * upstream was just too busy or broken to answer, else nothing. `random` gives numbers in [0, 1).
   */
  pauseMs(last: Candidate, outcome: Outcome, next: Candidate, random: () => number): number {
    if (last.endpoint.scopes.upstream !== next.endpoint.scopes.upstream) return 0;
    if (outcome.class !== "overloaded" && outcome.class !== "broken" && last !== next) return 0;
    return random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#tries - 1));
  }

  /** What may already have changed something in an account is not sent to another account. */
  #maySendAgain(outcome: Outcome): boolean {
    return this.#facts.inference || outcome.class !== "broken" || outcome.free === true ||
      IDEMPOTENT.includes(this.#facts.method);
  }
}
