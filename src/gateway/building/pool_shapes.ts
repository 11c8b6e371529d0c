import type { Endpoint } from "../../balancing/endpoint.ts";
import type { PoolShape } from "../../balancing/health/upstreams/ejection_room.ts";
import type { Steps } from "../../core/time/steps.ts";

/** Endpoints looked at between two steps: far less than a millisecond. */
const ENDPOINTS_A_STEP = 64;

/** How each pool is built, as health needs it. */
export function* poolShapes(endpoints: Iterable<Endpoint>): Steps<Map<string, PoolShape>> {
  const parts = new Map<string, { keys: Set<string>; upstreams: Set<string> }>();
  let steps = 0;
  for (const { pool, scopes } of endpoints) {
    let known = parts.get(pool);
    if (known === undefined) parts.set(pool, known = { keys: new Set(), upstreams: new Set() });
    known.keys.add(scopes.key);
    known.upstreams.add(scopes.upstream);
    if (++steps % ENDPOINTS_A_STEP === 0) yield;
  }
  return new Map([...parts].map(([pool, { keys, upstreams }]) => [pool, { keys: keys.size, upstreams }]));
}
