import { z } from "zod";
import type { Endpoint } from "../../../balancing/endpoint.ts";
import { matcherOf } from "../../../core/pattern.ts";
import { effectiveSettings, type Settings } from "../../../config/settings.ts";
import { giveWay } from "../../../core/time/system_runtime.ts";
import type { Generation } from "../../../gateway/generation.ts";
import { ENDPOINT_STATES } from "../../../balancing/health/endpoint_state.ts";
import {
  type EndpointStanding,
  endpointStanding,
  type PoolFacts,
  type StandingSources,
} from "./endpoint_standing.ts";

/** Endpoints looked at in one go: about a millisecond of work, so that requests are not kept waiting. */
const SLICE = 500;

const word = z.string().min(1).max(500).optional();

/** Which endpoints are meant: all that every given member holds for. */
export const endpointFilter = {
  pool: word.describe("Name of a pool."),
  upstream: word.describe("Name of an upstream."),
  state: z.enum(ENDPOINT_STATES).optional(),
  key: word.describe("Name or fingerprint of a key."),
  model: word.describe("A model that they may be asked for, by the name in their pool."),
};

/** The same, as a value. */
export interface EndpointFilter {
  readonly pool?: string | undefined;
  readonly upstream?: string | undefined;
  readonly state?: EndpointStanding["state"] | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
}

/** An endpoint and how it stands. */
export interface StandingEndpoint {
  readonly endpoint: Endpoint;
  readonly standing: EndpointStanding;
  readonly settings: Settings;
}

/** What of each pool decides how its endpoints stand. */
export function poolFacts({ config }: Generation): Map<string, PoolFacts> {
  return new Map(config.pools.map((pool) => {
    const models = pool.models.filter((model) => !model.includes("*"));
    return [pool.name, { settings: effectiveSettings(config, pool), offers: matcherOf(pool.models), models }];
  }));
}

/** Every endpoint that the filter means, in the order of the config, a slice at a time so that others get their turn. */
export async function* endpointsMeant(
  filter: EndpointFilter,
  generation: Generation,
  sourcesNow: () => StandingSources,
): AsyncGenerator<StandingEndpoint> {
  const pools = poolFacts(generation);
  let looked = 0;
  let sources = sourcesNow();
  for (const endpoint of generation.endpoints.values()) {
    if (++looked % SLICE === 0) {
      await giveWay();
      sources = sourcesNow();
    }
    const ofPool = pools.get(endpoint.pool);
    if (ofPool === undefined || !isMeant(endpoint, filter, ofPool)) continue;
    const standing = endpointStanding(endpoint, ofPool, sources, filter.model);
    if (filter.state !== undefined && filter.state !== standing.state) continue;
    yield { endpoint, standing, settings: ofPool.settings };
  }
}

function isMeant(
  endpoint: Endpoint,
  { pool, upstream, key, model }: EndpointFilter,
  { offers }: PoolFacts,
): boolean {
  if (pool !== undefined && pool !== endpoint.pool) return false;
  if (upstream !== undefined && upstream !== endpoint.upstream.name) return false;
  if (key !== undefined) {
    if (typeof endpoint.key !== "object") return false;
    if (endpoint.key.name !== key && endpoint.key.fingerprint !== key) return false;
  }
  if (model === undefined) return true;
  return offers(model) && endpoint.models?.(model) !== false;
}
