import type { DailyLimit } from "../core/time/daily_reset.ts";

/** Limits of one place of the config; absent members limit nothing. */
export interface CallerLimits {
  /** Within any 60 seconds. */
  readonly requestsPerMinute?: number | undefined;
  /** Input and output, within any 60 seconds. */
  readonly tokensPerMinute?: number | undefined;
  /** Of request and answer bodies, within any 60 seconds. */
  readonly bytesPerMinute?: number | undefined;
  readonly requestsPerDay?: DailyLimit | undefined;
  readonly tokensPerDay?: DailyLimit | undefined;
  /** Requests under way at once. */
  readonly concurrency?: number | undefined;
  readonly budget?: BudgetLimit | undefined;
}

/** A name of {@link CallerLimits}. */
export type LimitName = keyof CallerLimits;

/** Money that may be spent. */
export interface BudgetLimit {
  /** Millionths of a dollar, whole. */
  readonly usdMicros: number;
  readonly period: BudgetPeriod;
}

/** When spent money stops counting: never, with the calendar of a time zone (IANA name), or bit by bit. */
export type BudgetPeriod =
  | { readonly kind: "total" }
  | { readonly kind: "day" | "month"; readonly zone: string }
  | { readonly kind: "rolling"; readonly spanMs: number };

/** Limits of a tenant or of one of its keys. */
export interface CallerLimitSet {
  readonly limits: CallerLimits;
  /** Further limits by model pattern: one count for all models that the pattern means; every pattern that fits holds. */
  readonly models: Readonly<Record<string, CallerLimits>>;
  /** Whether answers carry the three fields of AI Endpoint too. */
  readonly legacyFields: boolean;
}

/** How requests wait that their tenant's limits have no room for. */
export interface QueuePolicy {
  /** Most of one tenant that wait at once. */
  readonly max: number;
  /** Longest wait of one, in milliseconds. */
  readonly waitMs: number;
}

/** Limits and the count they are held against. */
export interface LimitScope {
  /** Made of names and fingerprints, so that it outlives every generation: equal names share one count. */
  readonly name: string;
  readonly limits: CallerLimits;
  /** Whose limits they are. */
  readonly of: "tenant" | "key";
  /** The pattern of the models that they are for; undefined: for all. */
  readonly model: string | undefined;
  /** The count that was found under the name, for the desk alone: looking each up for each request is a quarter of the cost. Made with the scope, as undefined. */
  found: object | undefined;
}

/** What one request is estimated to take, at most. */
export interface RequestCost {
  /** Input and output. */
  readonly tokens: number;
  /** Of the dearest target it can reach; undefined: nobody knows a price. */
  readonly usdMicros: number | undefined;
  /** Of its body, as far as it is known. */
  readonly bytes: number;
}

/** Why a request does not fit, and until when. */
export interface LimitShortage {
  readonly scope: LimitScope;
  readonly limit: LimitName;
  /** Monotonic milliseconds: the earliest time at which it may fit if nobody else comes first; Infinity: never by waiting. */
  readonly untilMs: number;
  /** The budget cannot be held against a request whose price nobody knows. */
  readonly isUnpriced?: boolean;
}
