import { z } from "zod";
import type { Endpoint } from "../../../balancing/endpoint.ts";
import { matcherOf } from "../../../core/pattern.ts";
import type { Settings } from "../../../config/settings.ts";
import { nextTurn } from "../../../core/time/system_runtime.ts";
import type { Generation } from "../../../gateway/generation.ts";
import {
  ENDPOINT_STATES,
  type EndpointStanding,
  endpointStanding,
  type StandingSources,
} from "./endpoint_standing.ts";
import { settingsByPool } from "./endpoint_view.ts";

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

/** Every endpoint that the filter means, in the order of the config, a slice at a time so that others get their turn. */
export async function* endpointsMeant(
  filter: EndpointFilter,
  generation: Generation,
  sourcesNow: () => StandingSources,
): AsyncGenerator<StandingEndpoint> {
  const settings = settingsByPool(generation);
  const offers = new Map(generation.config.pools.map((pool) => [pool.name, matcherOf(pool.models)]));
  let looked = 0;
  let sources = sourcesNow();
  for (const endpoint of generation.endpoints.values()) {
    if (++looked % SLICE === 0) {
      await nextTurn();
      sources = sourcesNow();
    }
    if (!isMeant(endpoint, filter, offers.get(endpoint.pool))) continue;
    const ofPool = settings.get(endpoint.pool);
    if (ofPool === undefined) continue;
    const standing = endpointStanding(endpoint, ofPool, sources);
    if (filter.state !== undefined && filter.state !== standing.state) continue;
    yield { endpoint, standing, settings: ofPool };
  }
}

function isMeant(
  endpoint: Endpoint,
  { pool, upstream, key, model }: EndpointFilter,
  offered: ((model: string) => boolean) | undefined,
): boolean {
  if (pool !== undefined && pool !== endpoint.pool) return false;
  if (upstream !== undefined && upstream !== endpoint.upstream.name) return false;
  if (key !== undefined) {
    if (typeof endpoint.key !== "object") return false;
    if (endpoint.key.name !== key && endpoint.key.fingerprint !== key) return false;
  }
  if (model === undefined) return true;
  return offered?.(model) === true && endpoint.models?.(model) !== false;
}
