import type { AffinityPolicy } from "./affinity_policy.ts";
import type { Candidate } from "./endpoint.ts";
import { CandidateIndex } from "./index/candidate_index.ts";
import type { Choosing } from "./strategies/strategy.ts";

/** Candidates of equal standing: the next tier is asked only when none of these can serve. */
export interface Tier {
  readonly candidates: readonly Candidate[];
  /** Scopes of their upstreams. */
  readonly upstreams: ReadonlySet<string>;
  /** How they are chosen from; keeps its rotation as long as the generation lives, shared by all requests of the tier. */
  readonly index: CandidateIndex;
  /** Absent: every request is chosen anew. */
  readonly affinity: AffinityPolicy | undefined;
}

/** What may be said of a tier. */
export interface TierPolicy {
  readonly choosing: Choosing;
  readonly affinity?: AffinityPolicy | undefined;
  /** How long one that is new or back takes to get its full weight, in milliseconds; 0 (default): none. */
  readonly slowStartMs?: number;
}

/** Makes a tier of candidates. */
export function makeTier(
  candidates: readonly Candidate[],
  { choosing, affinity, slowStartMs = 0 }: TierPolicy,
): Tier {
  const upstreams = new Set(candidates.map(({ endpoint }) => endpoint.scopes.upstream));
  return {
    candidates,
    upstreams,
    index: new CandidateIndex({ candidates, choosing, slowStartMs }),
    affinity,
  };
}
