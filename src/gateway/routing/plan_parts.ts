import type { Endpoint } from "../../balancing/endpoint.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { Config, PoolConfig, RouteConfig, TargetConfig } from "../../config/config.ts";
import type { Settings, SettingsLayer } from "../../config/settings.ts";
import type { Matcher } from "../../core/pattern.ts";
import { type DiscoveredModels, type PoolOffer, poolOffer } from "./pool_offer.ts";

/** Where a request may go, and by which settings. */
export interface RoutePlan {
  /** What affinity and records call it: `route:auto`, `own:auto` (a tenant's own route), `pool:openai`, `model:gpt-4o`. */
  readonly name: string;
  readonly tiers: readonly Tier[];
  /** The name to ask for where the client's own holds more (`pool/model`); undefined: as the client or the candidate says. */
  readonly model?: string;
  /** All it leads to are pools that the caller may not use; there are no tiers. */
  readonly forbidden?: true;
  /** Settings of the attempts that go to a pool. */
  settingsOf(pool: string): Settings;
}

/** A pool as plans are made of it. */
export interface PoolEntry {
  readonly config: PoolConfig;
  readonly endpoints: readonly Endpoint[];
  readonly offers: Matcher;
  readonly listed: ReadonlySet<string>;
  readonly told: PoolOffer["told"];
}

/** Every pool of a config that is switched on, by name. */
export function poolEntries(
  config: Config,
  endpoints: ReadonlyMap<string, readonly Endpoint[]>,
  discovered: DiscoveredModels,
): Map<string, PoolEntry> {
  return new Map(
    config.pools.filter((pool) => pool.enabled).map((pool) => {
      const { names, matches: offers, told } = poolOffer(pool, discovered);
      const listed = new Set(names);
      return [pool.name, { config: pool, endpoints: endpoints.get(pool.name) ?? [], offers, listed, told }];
    }),
  );
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

/** What a pool brings into tiers. */
export interface TierPart {
  /** Undefined: there is no such pool. */
  readonly endpoints: readonly Endpoint[] | undefined;
  /** Those of the pool and those that no single pool has a say in, to compare. */
  readonly settings: string;
}

/** Tells {@link TierPart} of a pool; settings are plain data. */
export function tierPart(
  pool: PoolEntry | undefined,
  settingsOf: (pool: PoolConfig | undefined) => Settings,
): TierPart {
  return {
    endpoints: pool?.endpoints,
    settings: JSON.stringify([settingsOf(pool?.config), settingsOf(undefined)]),
  };
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
