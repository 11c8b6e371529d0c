import type { Candidate } from "../../balancing/endpoint.ts";
import type { DiscoveringPool } from "../../upstream/discovery/model_lists.ts";
import type { Generation } from "../generation.ts";

/** The pools of a generation that ask their upstreams for their models. */
export function discoveringPools({ config, endpoints, routes }: Generation): DiscoveringPool[] {
  return config.pools.flatMap((pool): DiscoveringPool[] => {
    if (!pool.enabled || pool.discover === undefined) return [];
    const candidates = [...endpoints.values()].filter((endpoint) => endpoint.pool === pool.name)
      .map((endpoint): Candidate => ({ endpoint, weight: endpoint.weight, model: undefined }));
    return [{ name: pool.name, candidates, rules: routes.errorRulesOf(pool.name) }];
  });
}
