import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Decision } from "./decide.ts";
import type { Candidate } from "./endpoint.ts";
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
}

/** What {@link startLease} is given: what the decision says of its pick, and the tier it was made for. */
export interface LeaseStart {
  readonly decision: Decision;
  readonly tier: Tier;
  readonly runtime: Runtime;
  readonly health: TrialBook;
}

/** An endpoint in use, from the pick to the last byte. */
export interface Lease {
  /** The first content has arrived; later calls change nothing. */
  firstContent(): void;
  /** Milliseconds from the start to the first content; undefined while there is none. */
  readonly firstContentMs: number | undefined;
  /**
   * The attempt is over, last byte included. To be called exactly once; a second call changes nothing, so that
   * a slip can never make an endpoint look idle. What the outcome teaches is told to `HealthBoard.learn`.
   */
  end(outcome: Outcome): void;
}

/**
 * Takes the pick into use: the only place where choosing changes state (load, rotation, trial). Throws `RangeError`
 * when the decision picked nobody.
 */
export function startLease({ decision: { turn }, tier, runtime, health }: LeaseStart): Lease {
  if (turn === undefined) throw new RangeError("Cannot start a lease: the decision picked nobody");
  const { candidate } = turn.chosen;
  const { load } = candidate.endpoint;
  const startedMs = runtime.monotonic();
  tier.index.started(turn, startedMs);
  load.begin();
  const trial = health.begin(candidate);
  let firstContentMs: number | undefined;
  let ended = false;
  return {
    firstContent() {
      if (firstContentMs !== undefined) return;
      const nowMs = runtime.monotonic();
      firstContentMs = nowMs - startedMs;
      load.content(firstContentMs, nowMs);
      // A long answer must not keep all others away until its last byte.
      trial?.end({ class: "ok", reason: "content" });
    },
    get firstContentMs() {
      return firstContentMs;
    },
    end(outcome) {
      if (ended) return;
      ended = true;
      load.end(outcome, runtime.monotonic());
      tier.index.ended(turn);
      trial?.end(outcome);
    },
  };
}
