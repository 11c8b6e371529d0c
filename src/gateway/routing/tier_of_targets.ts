import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import type { HealthPolicy } from "../../balancing/health/health_policy.ts";
import type { Strategy } from "../../balancing/strategies/strategy.ts";
import * as strategyModule from "../../balancing/strategies/mod.ts";
import { makeTier, type Tier } from "../../balancing/tier.ts";
import type { PoolConfig, RouteConfig, TargetConfig } from "../../config/config.ts";
import type { Settings } from "../../config/settings.ts";
import { registryOf } from "../../core/registry.ts";
import { compiledEdits } from "../../upstream/edits/compile_edits.ts";

const strategies = registryOf<Strategy>(strategyModule);

/** What a tier is made of beside its targets. */
export interface TierSources {
  readonly poolOf: (
    name: string,
  ) => { readonly config: PoolConfig; readonly endpoints: readonly Endpoint[] } | undefined;
  /** Settings of attempts that go to a pool; of a tier over several pools, those that no single pool has a say in. */
  readonly settingsOf: (pool: PoolConfig | undefined) => Settings;
  readonly route: RouteConfig | undefined;
}

/** All endpoints of the targets' pools as one tier, chosen from as its only pool says, or as all agree on. */
export function tierOfTargets(targets: readonly TargetConfig[], sources: TierSources): Tier {
  const only = targets.length === 1 ? sources.poolOf(targets[0]?.pool ?? "")?.config : undefined;
  const { balance: { strategy, options, slowStartMs }, affinity } = sources.settingsOf(only);
  const candidates = targets.flatMap((target) => candidatesOf(target, sources));
  return makeTier(candidates, { choosing: strategies.get(strategy).create(options), affinity, slowStartMs });
}

function candidatesOf(target: TargetConfig, { poolOf, settingsOf, route }: TierSources): Candidate[] {
  const pool = poolOf(target.pool);
  if (pool === undefined) return [];
  const { health: thresholds, probe } = settingsOf(pool.config);
  const health: HealthPolicy = { ...thresholds, trials: probe.mode !== "off" };
  const edits = compiledEdits(route?.edits);
  return pool.endpoints.map((endpoint) => ({
    endpoint,
    weight: endpoint.weight * target.weight,
    model: target.model,
    health,
    edits,
  }));
}
