import type { Surroundings } from "../balancing/index/rotation.ts";
import type { PoolShape } from "../balancing/health/upstreams/ejection_room.ts";
import type { Endpoint } from "../balancing/endpoint.ts";
import type { Config, TenantConfig } from "../config/config.ts";
import { atOnce, type Steps } from "../core/time/steps.ts";
import { matcherOf } from "../core/pattern.ts";
import type { Secret } from "../core/secret.ts";
import { grantsOf } from "../tenants/grants.ts";
import { OVERRIDES, type Tenant } from "../tenants/tenant.ts";
import { TenantKeys } from "../tenants/tenant_keys.ts";
import { type EndpointSources, endpointSteps, type MadeEndpoints } from "./routing/pool_endpoints.ts";
import { RouteTable } from "./routing/route_table.ts";

/** One immutable configuration in force, ready to serve. Requests keep the one they began with. */
export interface Generation {
  /** 1 for the first; grows with every configuration that came into force. */
  readonly number: number;
  /** Wall clock when it was built. */
  readonly builtMs: number;
  readonly config: Config;
  readonly keys: TenantKeys;
  /** Tenants that are switched on, by name. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly routes: RouteTable;
  /** Every endpoint by id. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** How each pool is built, as health needs it. */
  readonly shapes: ReadonlyMap<string, PoolShape>;
  /** Every endpoint by what it was made of; the next generation takes those over that stay as they are. */
  readonly made: MadeEndpoints;
  /** Every credential it or the generation before it knows (requests in flight may hold the old ones); for the redactor of records. */
  readonly secrets: readonly string[];
  /** Those of {@link secrets} that are its own. */
  readonly ownSecrets: readonly string[];
}

/** What building a generation needs beside the config. */
export interface GenerationSources extends Omit<EndpointSources, "made"> {
  /** The key of the tenant the gateway makes itself where the config names none. */
  readonly ownTenantKey: Secret;
  /** What is known of the endpoints, to make ready what the generation before had ready; absent: requests do that. */
  readonly surroundings?: Surroundings;
}

/** The tenant that exists where the config names none: the operator, who may do everything. */
const OWN_TENANT: Omit<TenantConfig, "keys"> = {
  name: "default",
  enabled: true,
  models: undefined,
  paths: ["*"],
  debug: true,
  overrides: OVERRIDES,
  records: undefined,
};

/** Builds everything that serving needs, touching nothing that is in force. Throws `RangeError` when two tenants share a key. */
export function buildGeneration(
  config: Config,
  sources: GenerationSources,
  place: GenerationPlace,
): Generation {
  return atOnce(generationSteps(config, sources, place));
}

/** Where a generation stands among the others. */
export interface GenerationPlace {
  readonly number: number;
  readonly builtMs: number;
  readonly before: Generation | undefined;
}

/** {@link buildGeneration} in steps, for a gateway that serves meanwhile. */
export function* generationSteps(
  config: Config,
  sources: GenerationSources,
  place: GenerationPlace,
): Steps<Generation> {
  const { number, builtMs, before } = place;
  const keys = new TenantKeys();
  const tenants = new Map<string, Tenant>();
  const secrets: string[] = [];
  const tenantConfigs = config.tenants.length > 0
    ? config.tenants
    : [{ ...OWN_TENANT, keys: [sources.ownTenantKey] }];
  for (const tenantConfig of tenantConfigs) {
    if (!tenantConfig.enabled) continue;
    const tenant = tenantOf(tenantConfig, config);
    tenants.set(tenant.name, tenant);
    for (const key of tenantConfig.keys) {
      keys.add(key, tenant);
      secrets.push(key.reveal());
    }
  }
  const made = { before: before?.made, now: new Map() };
  const byPool = new Map<string, readonly Endpoint[]>();
  const endpoints = new Map<string, Endpoint>();
  for (const pool of config.pools) {
    if (!pool.enabled) continue;
    const ofPool = yield* endpointSteps(pool, { ...sources, made });
    byPool.set(pool.name, ofPool);
    for (const endpoint of ofPool) {
      endpoints.set(endpoint.id, endpoint);
      yield;
      if (typeof endpoint.key === "object") secrets.push(endpoint.key.secret.reveal());
    }
    yield;
  }
  const shapes = yield* poolShapes(endpoints.values());
  const routes = yield* RouteTable.built(config, byPool);
  if (before !== undefined && sources.surroundings !== undefined) {
    yield* routes.warm(before.routes, sources.surroundings);
  }
  return {
    ...{ number, builtMs, config, keys, tenants, endpoints, routes, shapes, made: made.now },
    ownSecrets: secrets,
    secrets: [...new Set([...secrets, ...before?.ownSecrets ?? []])],
  };
}

function* poolShapes(endpoints: Iterable<Endpoint>): Steps<Map<string, PoolShape>> {
  const parts = new Map<string, { keys: Set<string>; upstreams: Set<string> }>();
  for (const { pool, scopes } of endpoints) {
    let known = parts.get(pool);
    if (known === undefined) parts.set(pool, known = { keys: new Set(), upstreams: new Set() });
    known.keys.add(scopes.key);
    known.upstreams.add(scopes.upstream);
    yield;
  }
  return new Map([...parts].map(([pool, { keys, upstreams }]) => [pool, { keys: keys.size, upstreams }]));
}

function tenantOf(tenant: TenantConfig, config: Config): Tenant {
  return {
    name: tenant.name,
    allowsModel: matcherOf(tenant.models ?? ["*"]),
    grants: grantsOf(tenant.paths),
    debug: tenant.debug,
    overrides: tenant.overrides,
    records: config.records.enabled ? tenant.records ?? config.records.bodies : "off",
  };
}
