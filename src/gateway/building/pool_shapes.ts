import type { Endpoint } from "../../balancing/endpoint.ts";
import type { PoolShape } from "../../balancing/health/upstreams/ejection_room.ts";
import type { Steps } from "../../core/time/steps.ts";

/** Endpoints looked at between two steps: far less than a millisecond. */
const ENDPOINTS_A_STEP = 64;

/** Shapes by the lists of endpoints that have them: a pool of which nothing changed keeps its list. */
const known = new WeakMap<readonly Endpoint[], PoolShape>();

/** How each pool is built, as health needs it; pools without endpoints are left out. */
export function* poolShapes(
  pools: ReadonlyMap<string, readonly Endpoint[]>,
): Steps<ReadonlyMap<string, PoolShape>> {
  const shapes = new Map<string, PoolShape>();
  for (const [pool, endpoints] of pools) {
    if (endpoints.length === 0) continue;
    let shape = known.get(endpoints);
    if (shape === undefined) known.set(endpoints, shape = yield* shapeOf(endpoints));
    shapes.set(pool, shape);
  }
  return shapes;
}

function* shapeOf(endpoints: readonly Endpoint[]): Steps<PoolShape> {
  const keys = new Set<string>();
  const upstreams = new Set<string>();
  let steps = 0;
  for (const { scopes } of endpoints) {
    keys.add(scopes.key);
    upstreams.add(scopes.upstream);
    if (++steps % ENDPOINTS_A_STEP === 0) yield;
  }
  return { keys: keys.size, upstreams };
}
