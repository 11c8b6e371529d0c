import type { Candidate } from "../../balancing/endpoint.ts";
import { effectiveSettings } from "../../config/settings.ts";
import type { ProbedPool } from "../../upstream/probes/prober.ts";
import type { Generation } from "../generation.ts";

/** The pools of a generation that want probes beside their traffic; a route's own `probe` says nothing of that. */
export function probedPools({ config, endpoints, routes }: Generation): ProbedPool[] {
  return config.pools.flatMap((pool): ProbedPool[] => {
    const { probe: policy, health: thresholds } = effectiveSettings(config, pool);
    if (!pool.enabled || policy.mode !== "active") return [];
    const health = { ...thresholds, trials: true };
    const candidates = [...endpoints.values()].filter((endpoint) => endpoint.pool === pool.name)
      .map((endpoint): Candidate => ({ endpoint, weight: endpoint.weight, model: undefined, health }));
    return [{ name: pool.name, policy, candidates, rules: routes.errorRulesOf(pool.name) }];
  });
}
