import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Decision } from "./decide.ts";
import type { Candidate } from "./endpoint.ts";
import type { LimitFacts } from "./quota/limit_facts.ts";
import type { QuotaDesk, TokensUsed } from "./quota/quota_hold.ts";
import type { RequestEstimate } from "./quota/quota_view.ts";
import type { Tier } from "./tier.ts";

/** The one use that finds out whether what was marked works again. */
export interface Trial {
  /** The use came to `outcome`; only the first call counts. */
  end(outcome: Outcome): void;
}

/** What a lease tells health about trials of invalid keys and ejected upstreams. */
export interface TrialBook {
  /** The candidate is about to be used: the trial, when this use is the one that its marks are due. */
  begin(candidate: Candidate): Trial | undefined;
  /** The candidate's first content has come. */
  served(candidate: Candidate): void;
}

/** What {@link startLease} is given: what the decision says of its pick, and the tier it was made for. */
export interface LeaseStart {
  readonly decision: Decision;
  readonly tier: Tier;
  readonly runtime: Runtime;
  readonly health: TrialBook;
  /** Where the request takes its share of the limits, and how much; absent: of none. */
  readonly quota?: {
    readonly desk: QuotaDesk;
    /** The name the upstream is asked for. */
    readonly model: string | undefined;
    readonly estimate: RequestEstimate;
  };
}

/** An endpoint in use, from the pick to the last byte. */
export interface Lease {
  /**
   * The first content has arrived; later calls change nothing. Only where it is `streamed` does the time to it tell
   * how busy the endpoint is: of a whole answer it tells how long that is.
   */
  firstContent(streamed: boolean): void;
  /** The answer's head told the vendor's limits. */
  told(limits: LimitFacts): void;
  /**
   * The attempt is over, last byte included. To be called exactly once; a second call changes nothing, so that
   * a slip can never make an endpoint look idle. What the outcome teaches is told to `HealthBoard.learn`.
   */
  end(outcome: Outcome): void;
  /** The vendor reported what the request cost; at any time, also after the end. */
  settle(used: TokensUsed): void;
}

/**
 * Takes the pick into use: the only place where choosing changes state (load, rotation, trial, quota). Throws `RangeError`
 * when the decision picked nobody.
 */
export function startLease({ decision: { turn }, tier, runtime, health, quota }: LeaseStart): Lease {
  if (turn === undefined) throw new RangeError("Cannot start a lease: the decision picked nobody");
  const { candidate } = turn.chosen;
  const { load } = candidate.endpoint;
  const startedMs = runtime.monotonic();
  tier.index.started(turn, startedMs);
  load.begin();
  load.rates.began(startedMs);
  const trial = health.begin(candidate);
  const hold = quota?.desk.begin(candidate, quota.model, quota.estimate, startedMs);
  let hasContent = false;
  let ended = false;
  let settled = false;
  return {
    firstContent(streamed) {
      if (hasContent) return;
      hasContent = true;
      const nowMs = runtime.monotonic();
      if (streamed) load.content(nowMs - startedMs, nowMs);
      health.served(candidate);
      // A long answer must not keep all others away until its last byte.
      trial?.end({ class: "ok", reason: "content" });
    },
    told(limits) {
      hold?.learn(limits, runtime.monotonic());
    },
    end(outcome) {
      if (ended) return;
      ended = true;
      const nowMs = runtime.monotonic();
      tier.index.ended(turn, outcome);
      load.end(outcome, nowMs);
      if (outcome.class === "rate_limited" || outcome.class === "quota_spent") load.rates.refused(nowMs);
      hold?.end(outcome, nowMs);
      trial?.end(outcome);
    },
    settle(used) {
      if (!settled) load.rates.used(used.inputTokens + used.outputTokens, runtime.monotonic());
      settled = true;
      hold?.settle(used);
    },
  };
}
