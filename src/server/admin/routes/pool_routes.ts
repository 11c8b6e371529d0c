import { z } from "zod";
import { ENDPOINT_STATES, type EndpointState } from "../../../balancing/health/endpoint_state.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";
import { endpointsMeant } from "../endpoints/endpoint_filter.ts";
import { type EndpointRoutesParts, sourcesOf } from "./endpoint_routes.ts";

/** What the routes of pools work with. */
export interface PoolRoutesParts extends EndpointRoutesParts {
  /** Requests of the last 60 seconds that the gateway refused because no endpoint of the pool had room, and the most in a minute. */
  readonly ownRefusals: (pool: string) => { readonly current: number; readonly peak: number };
}

const poolShape = z.object({
  name: z.string(),
  provider: z.string(),
  enabled: z.boolean(),
  weight: z.number(),
  priority: z.number(),
  models: z.array(z.string()),
  upstreams: z.array(z.object({ name: z.string(), enabled: z.boolean(), weight: z.number() })),
  strategy: z.string(),
  endpoints: z.number(),
  states: z.object(Object.fromEntries(ENDPOINT_STATES.map((state) => [state, z.number()]))).describe(
    "Endpoints by state.",
  ),
  inFlight: z.number(),
  perMinute: z.object({
    requests: z.number(),
    tokens: z.number(),
    refusedByVendor: z.number(),
    refusedByGateway: z.number().describe("Told 429 by the gateway, since no endpoint had room."),
    peakRefusedByGateway: z.number(),
  }),
});

/** Pools as they stand. */
export function poolRoutes(parts: PoolRoutesParts): AdminRoute[] {
  return [defineAdminRoute({
    method: "GET",
    path: "/admin/pools",
    summary: "Pools with their endpoints counted by state.",
    operationId: "listPools",
    answer: z.object({ pools: z.array(poolShape) }),
    mutates: false,
    async handle() {
      const generation = parts.generation();
      const tallies = new Map<string, Tally>();
      for await (const meant of endpointsMeant({}, generation, () => sourcesOf(parts))) {
        const { endpoint: { pool, load }, standing, settings } = meant;
        let tally = tallies.get(pool);
        if (tally === undefined) tallies.set(pool, tally = newTally(settings.balance.strategy));
        tally.endpoints++;
        tally.states[standing.state]++;
        tally.inFlight += load.inFlight;
        const { requests, tokens, refused } = load.rates.read(parts.runtime.monotonic()).current;
        tally.requests += requests;
        tally.tokens += tokens;
        tally.refusedByVendor += refused;
      }
      const pools = generation.config.pools.map(({ name, provider, enabled, weight, priority, ...pool }) => {
        const { requests, tokens, refusedByVendor, ...tally } = tallies.get(name) ?? newTally("");
        const own = parts.ownRefusals(name);
        return {
          ...{ name, provider, enabled, weight, priority, models: pool.models, ...tally },
          upstreams: pool.upstreams.map((one) => ({
            name: one.name,
            enabled: one.enabled,
            weight: one.weight,
          })),
          perMinute: {
            ...{ requests, tokens, refusedByVendor, refusedByGateway: own.current },
            peakRefusedByGateway: own.peak,
          },
        };
      });
      return { pools };
    },
  })];
}

interface Tally {
  readonly strategy: string;
  readonly states: Record<EndpointState, number>;
  endpoints: number;
  inFlight: number;
  requests: number;
  tokens: number;
  refusedByVendor: number;
}

function newTally(strategy: string): Tally {
  const states = {
    usable: 0,
    unused: 0,
    disabled: 0,
    invalid: 0,
    cooldown: 0,
    ejected: 0,
    "no_headroom": 0,
    probation: 0,
  };
  return { strategy, states, endpoints: 0, inFlight: 0, requests: 0, tokens: 0, refusedByVendor: 0 };
}
