import type { DailyLimit } from "../../../core/time/daily_reset.ts";

/** Limits that the config declares for one scope; absent members limit nothing. */
export interface DeclaredLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly requestsPerDay?: DailyLimit | undefined;
  /** Requests under way at once. */
  readonly concurrency?: number | undefined;
}

/** Limits of one place of the config. */
export interface LimitSet {
  readonly limits: DeclaredLimits;
  /** Further limits for single models, by the name the pool is asked for; each is counted apart, and the ones above count too. */
  readonly models: Readonly<Record<string, DeclaredLimits>>;
}

/** Declared limits and what they are counted under. */
export interface ScopedLimits extends LimitSet {
  /** Name of the count, derived from what it stands for: equal names share one count. */
  readonly scope: string;
}

/** What the config says of an endpoint's quota. */
export interface EndpointQuota {
  /**
   * `declared`: the group's name stands in the config. `inferred`: found out by measuring. `alone`: the config
   * says that the key shares its limits with none.
   */
  readonly grouping: "declared" | "inferred" | "alone";
  /** Of the pool, the upstream and the key: all of them hold. */
  readonly limits: readonly ScopedLimits[];
}
