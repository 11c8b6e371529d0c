import type { HealthBoard } from "../../../balancing/health.ts";
import {
  ENDPOINT_STATES,
  type EndpointState,
  stateOfMark,
} from "../../../balancing/health/endpoint_state.ts";
import type { Observer, Reading } from "../../../core/observe.ts";
import type { Generation } from "../../../gateway/generation.ts";

/** States that are told; limits are not looked at here, for all endpoints at once that would take too long. */
const STATES = ENDPOINT_STATES.filter((state) => state !== "no_headroom");

/** What {@link showEndpoints} reads. */
export interface EndpointGaugeParts {
  readonly generation: () => Generation;
  readonly health: Pick<HealthBoard, "exclusion">;
  /** Monotonic clock. */
  readonly nowMs: () => number;
}

/** Shows the endpoints of the config in force by pool and state, and the calls under way: looked at when somebody reads. */
export function showEndpoints(observer: Observer, parts: EndpointGaugeParts): void {
  observer.gauge("endpoints", () => {
    const readings: Reading[] = [];
    for (const [pool, counts] of statesByPool(parts)) {
      for (const state of STATES) readings.push({ labels: { pool, state }, value: counts.get(state) ?? 0 });
    }
    return readings;
  });
  observer.gauge("pool_attempts_in_flight", () => {
    const sums = poolsOf(parts.generation(), () => ({ sum: 0 }));
    for (const { pool, load } of parts.generation().endpoints.values()) {
      const entry = sums.get(pool);
      if (entry !== undefined) entry.sum += load.inFlight;
    }
    return [...sums].map(([pool, { sum }]) => ({ labels: { pool }, value: sum }));
  });
}

function statesByPool(
  { generation, health, nowMs }: EndpointGaugeParts,
): Map<string, Map<EndpointState, number>> {
  const pools = poolsOf(generation(), () => new Map<EndpointState, number>());
  const now = nowMs();
  for (const endpoint of generation().endpoints.values()) {
    const counts = pools.get(endpoint.pool);
    const mark = health.exclusion({ endpoint, weight: endpoint.weight, model: undefined }, undefined, now);
    const state = mark !== undefined ? stateOfMark(mark) : endpoint.weight > 0 ? "usable" : "unused";
    counts?.set(state, (counts.get(state) ?? 0) + 1);
  }
  return pools;
}

/** Every pool that is switched on, also one without any endpoint. */
function poolsOf<T>({ config }: Generation, make: () => T): Map<string, T> {
  return new Map(config.pools.filter((pool) => pool.enabled).map((pool) => [pool.name, make()]));
}
