import type { AffinityPolicy } from "./affinity_policy.ts";
import type { Candidate } from "./endpoint.ts";
import type { Picker } from "./strategies/strategy.ts";

/** Candidates of equal standing: the next tier is asked only when none of these can serve. */
export interface Tier {
  readonly candidates: readonly Candidate[];
  /** Keeps its rotation as long as the generation lives; shared by all requests of the tier. */
  readonly picker: Picker;
  /** Absent: every request is chosen anew. */
  readonly affinity: AffinityPolicy | undefined;
}
