import type { Endpoint } from "../balancing/endpoint.ts";
import type { PoolShape } from "../balancing/health/upstreams/ejection_room.ts";
import type { Surroundings } from "../balancing/index/rotation.ts";
import type { Config, TenantConfig } from "../config/config.ts";
import { priceSettings } from "../config/price_settings.ts";
import { PriceBook } from "../limits/prices/price_book.ts";
import type { Secret } from "../core/secret.ts";
import { atOnce, type Steps } from "../core/time/steps.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { TenantKeys } from "../tenants/tenant_keys.ts";
import type { LimitTable } from "./admission/limit_table.ts";
import { buildTenantSide } from "./callers/tenant_side.ts";
import type { TenantRoutes } from "./callers/tenant_routes.ts";
import type { MadeEndpoints, Making } from "./routing/endpoints/made_endpoints.ts";
import { type EndpointSources, endpointSteps } from "./routing/pool_endpoints.ts";
import type { DiscoveredModels } from "./routing/pool_offer.ts";
import { poolShapes } from "./building/pool_shapes.ts";
import { secretLists } from "./building/secret_lists.ts";
import { RouteTable } from "./routing/route_table.ts";

/** Endpoints entered between two steps: far less than a millisecond. */
const ENDPOINTS_A_STEP = 64;

/** One immutable configuration in force, ready to serve. Requests keep the one they began with. */
export interface Generation {
  /** 1 for the first; grows with every configuration that came into force, also with the same one over other models. */
  readonly number: number;
  /** Wall clock when it was built. */
  readonly builtMs: number;
  readonly config: Config;
  readonly keys: TenantKeys;
  /** Tenants that are switched on, by name. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** Every tenant, also those that are switched off: of the config, made by the gateway itself, made at run time. */
  readonly tenantConfigs: readonly TenantConfig[];
  /** As everybody sees them. */
  readonly routes: RouteTable;
  /** As each tenant sees them. */
  readonly tenantRoutes: TenantRoutes;
  readonly prices: PriceBook;
  /** What its tenants may use. */
  readonly limits: LimitTable;
  /** Every endpoint by id. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** How each pool is built, as health needs it. */
  readonly shapes: ReadonlyMap<string, PoolShape>;
  /** Every endpoint by what it was made of; the next generation takes those over that stay as they are. */
  readonly made: MadeEndpoints;
  /** Every credential it or the generation before it knows (requests in flight may hold the old ones), in lists; for the redactor of records. */
  readonly secrets: readonly (readonly string[])[];
  /** Those of {@link secrets} that are its own. */
  readonly ownSecrets: readonly (readonly string[])[];
}

/** What building a generation needs beside the config. */
export interface GenerationSources extends Omit<EndpointSources, "made"> {
  /** The key of the tenant the gateway makes itself where the config names none. */
  readonly ownTenantKey: Secret;
  /** Models of pools that ask their upstreams; absent: nothing is known of any. */
  readonly discovered?: DiscoveredModels;
  /** Tenants made at run time; one of a name or key that the config has is left out. */
  readonly runTimeTenants?: readonly TenantConfig[];
  /** What is known of the endpoints, to make ready what the generation before had ready; absent: requests do that. */
  readonly surroundings?: Surroundings;
}

/** Where a generation stands among the others. */
export interface GenerationPlace {
  readonly number: number;
  readonly builtMs: number;
  readonly before: Generation | undefined;
}

/** Builds everything that serving needs, touching nothing that is in force. Throws `RangeError` when two tenants share a key. */
export function buildGeneration(
  config: Config,
  sources: GenerationSources,
  place: GenerationPlace,
): Generation {
  return atOnce(generationSteps(config, sources, place));
}

/** {@link buildGeneration} in steps, for a gateway that serves meanwhile. */
export function* generationSteps(
  config: Config,
  sources: GenerationSources,
  place: GenerationPlace,
): Steps<Generation> {
  const { number, builtMs, before } = place;
  const made: Making = { before: before?.made, now: new Map() };
  const byPool = new Map<string, readonly Endpoint[]>();
  for (const pool of config.pools) {
    if (!pool.enabled) continue;
    byPool.set(pool.name, yield* endpointSteps(pool, { ...sources, proxies: config.proxies, made }));
  }
  const endpoints = before !== undefined && isSame(before.made, made.now)
    ? before.endpoints
    : yield* byIdOf(byPool);
  const shapes = yield* poolShapes(byPool);
  const routes = new RouteTable(config, byPool, { discovered: sources.discovered });
  const { surroundings } = sources;
  yield* routes.prepare(before?.routes, surroundings);
  const { tenantSecrets, ...tenantSide } = buildTenantSide(config, routes, {
    ...sources,
    keysBefore: before?.keys,
  });
  if (before !== undefined && surroundings !== undefined) {
    yield* tenantSide.tenantRoutes.warm(before.tenantRoutes, surroundings);
  }
  const ownSecrets = [...secretLists(config), tenantSecrets];
  return {
    ...{ number, builtMs, config, endpoints, shapes, routes, ...tenantSide, made: made.now },
    prices: new PriceBook(priceSettings(config)),
    ownSecrets,
    secrets: [...ownSecrets, ...before?.ownSecrets ?? []],
  };
}

/** Whether two generations have the very same endpoints. */
function isSame(before: MadeEndpoints, now: MadeEndpoints): boolean {
  return before.size === now.size && [...now].every(([pool, made]) => before.get(pool) === made);
}

function* byIdOf(pools: ReadonlyMap<string, readonly Endpoint[]>): Steps<ReadonlyMap<string, Endpoint>> {
  const byId = new Map<string, Endpoint>();
  for (const endpoints of pools.values()) {
    for (const endpoint of endpoints) {
      byId.set(endpoint.id, endpoint);
      if (byId.size % ENDPOINTS_A_STEP === 0) yield;
    }
  }
  return byId;
}

/** The same generation with other tenants; what the pools are made of stays. Throws `RangeError` as {@link buildGeneration}. */
export function withTenants(
  before: Generation,
  sources: Pick<GenerationSources, "identity" | "ownTenantKey" | "runTimeTenants">,
  builtMs: number,
): Generation {
  const { tenantSecrets: _known, ...tenantSide } = buildTenantSide(before.config, before.routes, {
    ...sources,
    keysBefore: before.keys,
  });
  // Keys made at run time are hashes: what the config's tenants hold, the generation before holds already.
  return { ...before, ...tenantSide, number: before.number + 1, builtMs };
}
