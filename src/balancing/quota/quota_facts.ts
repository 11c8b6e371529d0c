/** One limit as it stands, for people to see. */
export interface LimitStanding {
  /** `declared`: by the config. `told`: by the vendor's answers. `found`: by its refusals. */
  readonly from: "declared" | "told" | "found";
  /** `requests`, `tokens`, `inputTokens`, `outputTokens`, `requestsPerDay`, `concurrency`. */
  readonly name: string;
  /** The model it is kept for; undefined: all that have none of their own. */
  readonly model: string | undefined;
  /** Name of the count it is held against, where the config declares it: a pool's, an upstream's or a key's. */
  readonly scope: string | undefined;
  /** A minute's, but of `requestsPerDay` a day's, and of `concurrency` at once. */
  readonly limit: number;
  /** What is believed to be left of it now; below 0 where more went out than there was. */
  readonly remaining: number;
}

/** All that is known of one endpoint's quota. */
export interface QuotaFacts {
  /** How its group came about: the config names it, measuring found it, the config says that it is alone, or it stands for itself. */
  readonly grouping: "declared" | "found" | "alone" | "own";
  /** Scopes of the keys that share its limits, itself included; empty while nothing was measured. */
  readonly members: readonly string[];
  /** What a found group rests on. */
  readonly evidence: { readonly coincidences: number; readonly sinceMs: number } | undefined;
  readonly limits: readonly LimitStanding[];
}
