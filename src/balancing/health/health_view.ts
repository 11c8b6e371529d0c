import type { Candidate } from "../endpoint.ts";
import type { Mark } from "./mark.ts";

/** What deciding asks of health. */
export interface HealthView {
  /**
   * The mark that keeps the candidate out at `nowMs` (monotonic), or undefined. Where several stand: a person's
   * before the vendor's, the vendor's before our own, and of several cooldowns the longest.
   */
  exclusion(candidate: Candidate, model: string | undefined, nowMs: number): Mark | undefined;
  /**
   * Grows whenever a mark stops excluding before the time that it told. Absent: nobody counts it, and marks have
   * to be asked for often.
   */
  readonly reliefs?: number;
}
