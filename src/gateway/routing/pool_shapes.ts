import type { PoolShape } from "../../balancing/health/upstreams/ejection_room.ts";
import type { Generation } from "../generation.ts";

/** How each pool is built, as health needs it. */
export function poolShapes(generation: Pick<Generation, "endpoints">): Map<string, PoolShape> {
  const parts = new Map<string, { keys: Set<string>; upstreams: Set<string> }>();
  for (const { pool, scopes } of generation.endpoints.values()) {
    let known = parts.get(pool);
    if (known === undefined) parts.set(pool, known = { keys: new Set(), upstreams: new Set() });
    known.keys.add(scopes.key);
    known.upstreams.add(scopes.upstream);
  }
  return new Map([...parts].map(([pool, { keys, upstreams }]) => [pool, { keys: keys.size, upstreams }]));
}
