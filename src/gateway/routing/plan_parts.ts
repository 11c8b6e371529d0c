import type { Endpoint } from "../../balancing/endpoint.ts";
import type { PoolConfig, RouteConfig, TargetConfig } from "../../config/config.ts";
import type { SettingsLayer } from "../../config/settings.ts";
import type { Matcher } from "../../core/pattern.ts";
import type { PoolOffer } from "./pool_offer.ts";

/** A pool as plans are made of it. */
export interface PoolEntry {
  readonly config: PoolConfig;
  readonly endpoints: readonly Endpoint[];
  readonly offers: Matcher;
  readonly listed: ReadonlySet<string>;
  readonly told: PoolOffer["told"];
}

/** Whose settings the attempts of a plan go by, beside those of their pools and `defaults`. */
export interface PlanSettings {
  readonly route: RouteConfig | undefined;
  readonly above: readonly SettingsLayer[];
}

/** What a plan was made of. */
export interface PlanSource {
  readonly tiers: readonly (readonly TargetConfig[])[];
  readonly by: PlanSettings;
}

/** The same function, which makes what it gives for a name only once. */
export function remembered<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    let found = made.get(name);
    if (found === undefined) made.set(name, found = make(name));
    return found;
  };
}
