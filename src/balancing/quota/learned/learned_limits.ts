import { RingLink } from "../../../core/memory/linked_ring.ts";
import type { Outcome } from "../../../core/outcome.ts";
import { Foreteller } from "../groups/foreteller.ts";
import type { PairTrial, Sight, TrialMark } from "../groups/pair_trial.ts";
import { costOf, type LimitFact, type LimitFacts, QUOTA_DIMENSIONS } from "../limit_facts.ts";
import type { LimitStanding } from "../quota_facts.ts";
import type { TokensUsed } from "../quota_hold.ts";
import type { RequestEstimate, Shortage } from "../quota_view.ts";
import { LearnedDimension } from "./learned_dimension.ts";
import { UntoldLimit } from "./untold_limit.ts";

const MINUTE_MS = 60_000;

/** Longest time a refusal may close a limit for; what is longer is health's cooldown to keep. In milliseconds. */
const MAX_BLOCK_MS = 60 * MINUTE_MS;

/** A refusal while a request was believed to be left: others use the limit, or the vendor cuts its minute into pieces. */
const UNEXPECTED_LEVEL = 1;

/** From this share of a limit left on, nobody contends for it any more. */
const FREE_SHARE = 0.5;

/** For the many limits that share with none. */
const NO_TRIALS: LearnedShare["trials"] = [];

/** One request's share, and what was known when it went out. */
export interface LearnedShare {
  readonly seq: number;
  readonly sentMs: number;
  /** All that was ever taken, this one included, by {@link QUOTA_DIMENSIONS}. */
  readonly totals: readonly number[];
  /** Requests that were expected to be left after it; undefined while nothing is known. */
  readonly expected: number | undefined;
  readonly shift: number;
  readonly trials: readonly { readonly trial: PairTrial<LearnedLimits>; readonly mark: TrialMark }[];
}

/** Of a vendor that tells no limits. */
const NO_DIMENSIONS: readonly (LearnedDimension | undefined)[] = [undefined, undefined, undefined, undefined];

/** All that was learnt of one model's limits on one quota group, or on one key that stands for itself. */
export class LearnedLimits extends RingLink {
  /** Trials of whether it shares with another. */
  trials: Set<PairTrial<LearnedLimits>> | undefined;
  /** Until when a pair that was given up is not tried again, and how often that was. */
  givenUp: Map<LearnedLimits, { untilMs: number; times: number }> | undefined;
  /** By {@link QUOTA_DIMENSIONS}; a list of its own once one was told. */
  #dimensions = NO_DIMENSIONS;
  /** What it was found to let through, where it tells nothing or less than what it tells. */
  #pace: LearnedDimension | undefined;
  readonly #untold = new UntoldLimit();
  #foreteller: Foreteller | undefined;
  #appliedSentMs = 0;
  #appliedTotal = 0;
  readonly #totals = [0, 0, 0, 0];
  #shift = 0;
  #appliedSeq = 0;
  /** Monotonic; 0, which is over, takes no memory of its own. */
  #blockedUntilMs = 0;
  #inFlight = 0;

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sequence number of the newest request whose answer told something; 0 without any. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  /** The limit of requests; undefined while unknown. */
  get requests(): LearnedDimension | undefined {
    return this.#dimensions[0];
  }

  /** Whether a vendor told the limit of requests, so that it need not be guessed from refusals. */
  get isTold(): boolean {
    return this.#dimensions[0] !== undefined;
  }

  /** Requests a minute, told or found by trying; undefined while nothing is known. */
  get perMinute(): number | undefined {
    const { requests } = this;
    if (requests === undefined) return this.#pace?.limit;
    return this.#pace === undefined ? requests.perMinute : Math.min(requests.perMinute, this.#pace.limit);
  }

  /** Each limit that was told or found, with what is left of it. */
  standings(model: string, nowMs: number): LimitStanding[] {
    const named = { model: model === "" ? undefined : model, scope: undefined };
    const standing = (dimension: LearnedDimension, name: string, from: LimitStanding["from"]) => ({
      ...{ from, name, ...named, limit: Math.round(dimension.perMinute) },
      remaining: Math.floor(dimension.leftAt(nowMs)),
    });
    const told = QUOTA_DIMENSIONS.flatMap((name, index) => {
      const dimension = this.#dimensions[index];
      return dimension === undefined ? [] : [standing(dimension, name, "told")];
    });
    return this.#pace === undefined ? told : [...told, standing(this.#pace, "requests", "found")];
  }

  /** It is counted for others too from now on: what one key was found to get tells nothing of all. */
  forgetPace(): void {
    this.#pace = undefined;
  }

  /** See `QuotaView.shortage`. */
  shortage(estimate: RequestEstimate, nowMs: number): Shortage | undefined {
    let untilMs = this.#blockedUntilMs > nowMs ? this.#blockedUntilMs : nowMs;
    const [requests, tokens, input, output] = this.#dimensions;
    if (requests !== undefined) untilMs = Math.max(untilMs, requests.fitsAtMs(1, nowMs));
    if (this.#pace !== undefined) untilMs = Math.max(untilMs, this.#pace.fitsAtMs(1, nowMs));
    if (tokens !== undefined) {
      const cost = estimate.inputTokens + estimate.outputTokens;
      untilMs = Math.max(untilMs, tokens.fitsAtMs(cost, nowMs));
    }
    if (input !== undefined) untilMs = Math.max(untilMs, input.fitsAtMs(estimate.inputTokens, nowMs));
    if (output !== undefined) untilMs = Math.max(untilMs, output.fitsAtMs(estimate.outputTokens, nowMs));
    return untilMs > nowMs ? { untilMs, reason: "learned" } : undefined;
  }

  /** See `QuotaView.headroom`. */
  headroom(nowMs: number): number {
    if (this.#blockedUntilMs > nowMs) return 0;
    let least = this.#pace === undefined ? 1 : this.#pace.leftAt(nowMs) / this.#pace.capacity;
    for (const dimension of this.#dimensions) {
      if (dimension !== undefined) least = Math.min(least, dimension.leftAt(nowMs) / dimension.capacity);
    }
    return Math.max(0, least);
  }

  /** A request goes out. `seq` grows with every request of all limits. */
  take(estimate: RequestEstimate, seq: number, nowMs: number): LearnedShare {
    this.#inFlight++;
    const { requests } = this;
    if (this.#pace !== undefined) {
      this.#untold.grow(this.#pace, nowMs);
      this.#pace.take(1, nowMs);
    }
    for (const [index, name] of QUOTA_DIMENSIONS.entries()) {
      const cost = costOf(name, estimate);
      this.#totals[index] = (this.#totals[index] ?? 0) + cost;
      this.#dimensions[index]?.take(cost, nowMs);
    }
    return {
      seq,
      sentMs: nowMs,
      totals: [...this.#totals],
      expected: requests?.levelAt(nowMs),
      shift: this.#shift,
      trials: this.trials === undefined
        ? NO_TRIALS
        : [...this.trials].map((trial) => ({ trial, mark: trial.take(nowMs) })),
    };
  }

  /** An answer told its limits. Returns what that shows of requests; undefined when it is older than what is known, or tells none. */
  learn(share: LearnedShare, facts: LimitFacts, nowMs: number): Sight | undefined {
    if (share.seq <= this.#appliedSeq) return undefined;
    let sight: Sight | undefined;
    for (const [index, name] of QUOTA_DIMENSIONS.entries()) {
      const fact = facts[name];
      if (fact === undefined) continue;
      this.#appliedSeq = share.seq;
      if (index === 0) sight = this.#learnRequests(share, fact, nowMs);
      else this.#observe(index, fact, share, nowMs);
    }
    return sight;
  }

  /** The request is over. */
  end(share: LearnedShare, outcome: Outcome, estimate: RequestEstimate, nowMs: number): void {
    this.#inFlight--;
    if (outcome.class === "rate_limited") return this.#refused(share, outcome, nowMs);
    if (outcome.class === "ok") this.#untold.accepted(nowMs);
    // The vendor's telling of a later request left this one out already.
    if (outcome.free !== true || share.seq <= this.#appliedSeq) return;
    for (const [index, name] of QUOTA_DIMENSIONS.entries()) {
      this.#dimensions[index]?.give(costOf(name, estimate), nowMs);
    }
  }

  /** The vendor reported what the request cost; its own telling of a later request has settled that already. */
  settle(share: LearnedShare, estimate: RequestEstimate, used: TokensUsed, nowMs: number): void {
    if (share.seq <= this.#appliedSeq) return;
    const cost = { requests: 1, ...used } as const;
    for (const [index, name] of QUOTA_DIMENSIONS.entries()) {
      if (index > 0) this.#dimensions[index]?.give(costOf(name, estimate) - costOf(name, cost), nowMs);
    }
  }

  #learnRequests(share: LearnedShare, fact: LimitFact, nowMs: number): Sight | undefined {
    if (fact.remaining >= FREE_SHARE * fact.limit) this.#pace = undefined;
    const before = this.requests?.levelAt(nowMs);
    const seen = this.#observe(0, fact, share, nowMs);
    if (before === undefined || share.expected === undefined) return undefined;
    const drop = share.expected + this.#shift - share.shift - seen;
    this.#shift += (this.requests?.levelAt(nowMs) ?? before) - before;
    this.#foreteller ??= new Foreteller();
    const total = share.totals[0] ?? 0;
    const { jitter } = this.#foreteller;
    const wasFull = (this.requests?.fullMs ?? nowMs) > this.#appliedSentMs;
    const logChance = this.#foreteller.logChance({
      units: drop,
      isExact: this.requests?.isExact === true,
      passedMs: share.sentMs - this.#appliedSentMs,
      sent: total - this.#appliedTotal,
      wasFull,
    });
    this.requests?.othersTook(drop, share.sentMs - this.#appliedSentMs);
    this.#appliedSentMs = share.sentMs;
    this.#appliedTotal = total;
    return { fact, drop, logChance, jitter, wasFull };
  }

  #observe(index: number, fact: LimitFact, share: LearnedShare, nowMs: number): number {
    // A vendor may leave less at once than its minute's limit; of tokens that cannot be told from what is left.
    let dimension = this.#dimensions[index];
    if (dimension === undefined) {
      dimension = new LearnedDimension(fact.limit, index === 0 ? 1 : undefined, share.sentMs);
      this.#dimensions = this.#dimensions.with(index, dimension);
    }
    const sent = { sentMs: share.sentMs, total: share.totals[index] ?? 0 };
    return dimension.observe(fact, sent, this.#totals[index] ?? 0, nowMs);
  }

  #refused(share: LearnedShare, outcome: Outcome, nowMs: number): void {
    const { requests } = this;
    const unexpected = (share.expected ?? 0) >= UNEXPECTED_LEVEL;
    if (outcome.cooldownMs !== undefined && outcome.cooldownMs > 0) {
      const untilMs = nowMs + Math.min(MAX_BLOCK_MS, outcome.cooldownMs);
      this.#blockedUntilMs = Math.max(this.#blockedUntilMs, untilMs);
    }
    if (requests === undefined || unexpected) {
      this.#pace = this.#untold.refused(this.#pace, nowMs, outcome.cooldownMs);
    }
    // The answer itself told what is left; without that the refusal did.
    if (share.seq >= this.#appliedSeq) requests?.empty(nowMs);
  }
}
