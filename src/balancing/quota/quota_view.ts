import type { Candidate } from "../endpoint.ts";

/** What one request will cost at most, as far as its bytes tell before it is sent. */
export interface RequestEstimate {
  readonly requests: 1;
  readonly inputTokens: number;
  /** The most it asks for; all answers together where it asks for several. */
  readonly outputTokens: number;
}

/** Why a request does not fit now, and until when. */
export interface Shortage {
  /** Monotonic milliseconds; the earliest time at which it may fit if nobody else comes first. */
  readonly untilMs: number;
  /** `declared`, `concurrency`: our own refusal by what the config says; `learned`: by what the vendor told. */
  readonly reason: "declared" | "learned" | "concurrency";
}

/** What deciding asks of quota. Pure, synchronous, O(1) in the pool's size. `model` is the name the upstream would be asked for. */
export interface QuotaView {
  /** Whether the request must not go there now; undefined: there is room. `nowMs` is monotonic. */
  shortage(
    candidate: Candidate,
    model: string | undefined,
    estimate: RequestEstimate,
    nowMs: number,
  ): Shortage | undefined;
  /** Share (0 to 1) of the limit that is left for the tightest dimension; 1 when nothing is known. */
  headroom(candidate: Candidate, model: string | undefined, nowMs: number): number;
  /** Learned or declared requests a minute: the default weight; undefined when nothing is known. */
  rate(candidate: Candidate, model: string | undefined): number | undefined;
}

/** Knows of no limit: for whoever decides without measuring. */
export const NO_QUOTA: QuotaView = {
  shortage: () => undefined,
  headroom: () => 1,
  rate: () => undefined,
};
