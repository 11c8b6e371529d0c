import type { Outcome } from "../../core/outcome.ts";
import type { Candidate } from "../endpoint.ts";
import type { LimitFacts } from "./limit_facts.ts";
import type { RequestEstimate } from "./quota_view.ts";

/** What a request really cost, as the vendor reports it. */
export interface TokensUsed {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One request's share of every limit it counts against, from its start to its end. */
export interface QuotaHold {
  /** The vendor's answer told its limits; to be called as soon as the head is there. An answer that comes late never undoes what a later request learnt. */
  learn(limits: LimitFacts, nowMs: number): void;
  /**
   * The attempt is over. A refusal empties what it was refused by; a request that surely never reached the vendor
   * is given back; otherwise the estimate stands until it is settled. Later calls change nothing.
   */
  end(outcome: Outcome, nowMs: number): void;
  /** The vendor reported what the request cost; at any time, also when it is long over. Later calls change nothing. */
  settle(used: TokensUsed): void;
}

/** Where leases take their share of the limits. */
export interface QuotaDesk {
  /** Reserves what the request is estimated to cost, whether it fits or not: deciding has asked before. */
  begin(candidate: Candidate, model: string | undefined, estimate: RequestEstimate, nowMs: number): QuotaHold;
}
