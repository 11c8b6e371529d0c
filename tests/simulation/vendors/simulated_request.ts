import type { Prefix } from "./prompt_cache.ts";

/** A client's mistake that a vendor answers with a refusal of its own. */
export type ClientFault = "bad_request" | "not_found" | "too_large" | "unprocessable" | "context_length";

/** One request of the simulated traffic: what the client sends, and what the vendor will find it to be. */
export interface SimulatedRequest {
  /** Unique in its world; sent as {@link REQUEST_FIELD}. */
  readonly id: number;
  readonly stream: boolean;
  readonly body: Uint8Array;
  readonly inputTokens: number;
  /** Length of the answer. */
  readonly outputTokens: number;
  readonly clientAddress?: string;
  /** Who asks, where the config has tenants. */
  readonly tenantKey?: string;
  /** The prompt's message boundaries, shortest first, where its vendor caches prompts. */
  readonly prefixes?: readonly Prefix[];
  readonly fault?: ClientFault;
}

/** Header field by which the simulated network knows a request again; fields that begin with `x-` pass. */
export const REQUEST_FIELD = "x-simulated-request";
