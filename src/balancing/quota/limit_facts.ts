import type { RequestEstimate } from "./quota_view.ts";

/** What vendors meter, by the minute or otherwise; `tokens` counts input and output together. */
export const QUOTA_DIMENSIONS = ["requests", "tokens", "inputTokens", "outputTokens"] as const;

/** One of {@link QUOTA_DIMENSIONS}. */
export type QuotaDimension = (typeof QUOTA_DIMENSIONS)[number];

/** What a vendor told of one dimension, as of the moment it let the request in. */
export interface LimitFact {
  /** At least 1. */
  readonly limit: number;
  /** 0 to `limit`. */
  readonly remaining: number;
  /** Until the limit is whole again, in milliseconds; undefined when it was not told. */
  readonly resetMs: number | undefined;
}

/** What one answer told of its limits; dimensions it said nothing sound about are left out. */
export type LimitFacts = { readonly [dimension in QuotaDimension]?: LimitFact };

/** What the request takes of a dimension. */
export function costOf(dimension: QuotaDimension, estimate: RequestEstimate): number {
  switch (dimension) {
    case "requests":
      return estimate.requests;
    case "tokens":
      return estimate.inputTokens + estimate.outputTokens;
    case "inputTokens":
      return estimate.inputTokens;
    case "outputTokens":
      return estimate.outputTokens;
  }
}
