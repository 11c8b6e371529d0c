import type { LearnedLimits, LearnedShare } from "../learned/learned_limits.ts";
import { PairTrial, type Sight } from "./pair_trial.ts";
import { SharedRefusals } from "./shared_refusals.ts";

/** Most limits of one place and model that are compared with each other: those used last. */
const MAX_PEERS = 64;

/** Most trials of one limit at a time. */
const MAX_TRIALS = 32;

/** An answer that left this many requests fewer than its own history foretells begins trials with others. */
const SUSPICIOUS_DROP = 0.75;

/** How far apart what two limits have left may lie for a trial to begin: in requests, and as a share of the limit. */
const NEAR = 2;
const NEAR_SHARE = 0.15;

/** How long a pair that was given up rests; doubles each time, up to the cap. In milliseconds. */
const REST_MS = 60_000;
const REST_CAP_MS = 6 * 60 * 60 * 1_000;

/** Two that are believed to share. */
export interface FoundPair {
  readonly one: LearnedLimits;
  readonly other: LearnedLimits;
  readonly coincidences: number;
}

/** Looks among the keys of one place, asked for one model, for those that share a limit. */
export class GroupFinder {
  /** In order of last use, oldest first. */
  readonly #peers = new Set<LearnedLimits>();
  readonly #refusals = new SharedRefusals();

  /** An answer told what is left of `limits`; `sight` is what that shows. */
  observed(limits: LearnedLimits, share: LearnedShare, sight: Sight, nowMs: number): FoundPair | undefined {
    this.#use(limits);
    let found: FoundPair | undefined;
    for (const { trial, mark } of share.trials) {
      if (limits.trials?.has(trial) !== true) continue;
      const sent = { mark, sentMs: share.sentMs, seq: share.seq };
      trial.observe(limits, sent, sight, nowMs);
      if (trial.verdict === "shared") {
        found = { one: trial.one, other: trial.other, coincidences: trial.coincidences };
      } else if (trial.verdict === "separate") this.#giveUp(trial, nowMs);
    }
    if (sight.drop >= SUSPICIOUS_DROP && found === undefined) this.#suspect(limits, nowMs);
    return found;
  }

  /** An answer of a vendor that tells no limits. */
  answered(
    limits: LearnedLimits,
    answer: { readonly isRefused: boolean; readonly sentMs: number },
    nowMs: number,
  ): FoundPair | undefined {
    const found = this.#refusals.answered(limits, answer, nowMs);
    return found && { one: limits, other: found.other, coincidences: found.coincidences };
  }

  /** Nothing of it is compared any more. */
  forget(limits: LearnedLimits): void {
    this.#peers.delete(limits);
    this.#refusals.forget(limits);
    for (const trial of limits.trials ?? []) end(trial);
  }

  #use(limits: LearnedLimits): void {
    this.#peers.delete(limits);
    this.#peers.add(limits);
    if (this.#peers.size <= MAX_PEERS) return;
    for (const oldest of this.#peers) {
      this.#peers.delete(oldest);
      break;
    }
  }

  /** Somebody else took of this limit: begins trials with those that have about as much left. */
  #suspect(limits: LearnedLimits, nowMs: number): void {
    const own = limits.requests;
    if (own === undefined) return;
    const near = NEAR + NEAR_SHARE * own.limit;
    const tried = new Set([...(limits.trials ?? [])].flatMap(({ one, other }) => [one, other]));
    for (const peer of this.#peers) {
      if ((limits.trials?.size ?? 0) >= MAX_TRIALS) return;
      const { requests } = peer;
      if (peer === limits || requests?.limit !== own.limit || tried.has(peer)) continue;
      if (Math.abs(requests.levelAt(nowMs) - own.levelAt(nowMs)) > near) continue;
      if ((peer.trials?.size ?? 0) >= MAX_TRIALS || nowMs < (limits.givenUp?.get(peer)?.untilMs ?? 0)) {
        continue;
      }
      const trial = new PairTrial(limits, peer, own.copy(), nowMs);
      (limits.trials ??= new Set()).add(trial);
      (peer.trials ??= new Set()).add(trial);
    }
  }

  #giveUp(trial: PairTrial<LearnedLimits>, nowMs: number): void {
    const { one, other } = trial;
    end(trial);
    const times = one.givenUp?.get(other)?.times ?? 0;
    const rest = { untilMs: nowMs + Math.min(REST_CAP_MS, REST_MS * 2 ** times), times: times + 1 };
    for (const [limits, peer] of [[one, other], [other, one]] as const) {
      limits.givenUp ??= new Map();
      limits.givenUp.delete(peer);
      limits.givenUp.set(peer, rest);
      for (const oldest of limits.givenUp.keys()) {
        if (limits.givenUp.size <= MAX_PEERS) break;
        limits.givenUp.delete(oldest);
      }
    }
  }
}

function end(trial: PairTrial<LearnedLimits>): void {
  for (const limits of [trial.one, trial.other]) {
    limits.trials?.delete(trial);
    if (limits.trials?.size === 0) limits.trials = undefined;
  }
}
