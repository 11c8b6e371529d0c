import type { Outcome } from "../core/outcome.ts";
import type { Runtime } from "../core/runtime.ts";
import type { Candidate } from "./endpoint.ts";
import type { Tier } from "./tier.ts";

/** What a lease tells health about trials of invalid keys. */
export interface TrialBook {
  /** The candidate is about to be used: true when this use is the one trial its invalid key is due. */
  begin(candidate: Candidate): boolean;
  /** The trial came to `outcome`. */
  endTrial(candidate: Candidate, outcome: Outcome): void;
}

/** What {@link startLease} is given: the decision's pick and eligible list, and where they came from. */
export interface LeaseStart {
  readonly candidate: Candidate;
  readonly eligible: readonly Candidate[];
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

/** Takes the pick into use: the only place where choosing changes state (load, rotation, trial). */
export function startLease({ candidate, eligible, tier, runtime, health }: LeaseStart): Lease {
  const { load } = candidate.endpoint;
  load.inFlight++;
  load.started++;
  tier.picker.started(candidate, eligible);
  const trial = health.begin(candidate);
  const startedMs = runtime.monotonic();
  let firstContentMs: number | undefined;
  let ended = false;
  return {
    firstContent() {
      firstContentMs ??= runtime.monotonic() - startedMs;
    },
    get firstContentMs() {
      return firstContentMs;
    },
    end(outcome) {
      if (ended) return;
      ended = true;
      load.inFlight--;
      if (trial) health.endTrial(candidate, outcome);
    },
  };
}
