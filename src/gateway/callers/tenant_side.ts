import type { Config, TenantConfig } from "../../config/config.ts";
import type { Secret } from "../../core/secret.ts";
import { DEFAULT_PRIORITY, OVERRIDES, type Tenant } from "../../tenants/tenant.ts";
import { sha256Hex, TenantKeys } from "../../tenants/tenant_keys.ts";
import { LimitTable } from "../admission/limit_table.ts";
import type { EndpointIdentity } from "../routing/endpoint_identity.ts";
import type { RouteTable } from "../routing/route_table.ts";
import { tenantOf } from "./tenant_of.ts";
import { TenantRoutes } from "./tenant_routes.ts";

/** What of a generation is made of its tenants. */
export interface TenantSide {
  readonly tenantConfigs: readonly TenantConfig[];
  /** Keys of all tenants; one that is switched off has its keys here, so that they are refused for what they are. */
  readonly keys: TenantKeys;
  /** Tenants that are switched on, by name. */
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly tenantRoutes: TenantRoutes;
  /** What they may use. */
  readonly limits: LimitTable;
  /** Every key that the config has in full. */
  readonly tenantSecrets: readonly string[];
}

/** The tenants of everywhere, in the order in which they win a name or a key. */
export interface TenantSources {
  readonly identity: EndpointIdentity;
  /** The key of the tenant the gateway makes itself where the config names none. */
  readonly ownTenantKey: Secret;
  /** Tenants made at run time. */
  readonly runTimeTenants?: readonly TenantConfig[];
  /** Keys of the generation before: making a fingerprint takes long enough to do it once for each key. */
  readonly keysBefore?: TenantKeys | undefined;
}

/** Name of {@link ownTenant}. */
export const OWN_TENANT_NAME = "default";

/** The tenant that exists where the config names none: the operator, who may do everything. */
export function ownTenant(key: Secret): TenantConfig {
  return {
    name: OWN_TENANT_NAME,
    keys: [{
      sha256: sha256Hex(key.reveal()),
      secret: key,
      name: undefined,
      expiresMs: undefined,
      enabled: true,
      note: undefined,
      limits: undefined,
    }],
    open: false,
    enabled: true,
    note: undefined,
    models: undefined,
    pools: undefined,
    addresses: undefined,
    formats: undefined,
    paths: ["*"],
    priceMultiplierPpm: undefined,
    debug: true,
    overrides: OVERRIDES,
    records: undefined,
    routes: [],
    aliases: {},
    priority: DEFAULT_PRIORITY,
    settings: {},
    limits: undefined,
    queue: undefined,
  };
}

/** Builds the tenants, their keys and their routes. Throws `RangeError` when two tenants of the config share a key. */
export function buildTenantSide(config: Config, routes: RouteTable, sources: TenantSources): TenantSide {
  const { identity, ownTenantKey, runTimeTenants = [], keysBefore } = sources;
  const lasting = config.tenants.length > 0 ? config.tenants : [ownTenant(ownTenantKey)];
  const names = new Set(lasting.map(({ name }) => name));
  const hashes = new Set(lasting.flatMap((tenant) => tenant.keys.map(({ sha256 }) => sha256)));
  const isNew = (sha256: string) => !hashes.has(sha256) && hashes.add(sha256).size > 0;
  const added = runTimeTenants.filter(({ name }) => !names.has(name)).map((tenant) => {
    const own = tenant.keys.filter(({ sha256 }) => isNew(sha256));
    return own.length === tenant.keys.length ? tenant : { ...tenant, keys: own };
  });
  const tenantConfigs = [...lasting, ...added];
  const keys = new TenantKeys();
  const tenants = new Map<string, Tenant>();
  for (const tenantConfig of tenantConfigs) {
    const tenant = tenantOf(tenantConfig, config);
    const { enabled } = tenantConfig;
    if (enabled) tenants.set(tenant.name, tenant);
    for (const { sha256, secret, expiresMs, enabled: keyEnabled } of tenantConfig.keys) {
      keys.addHash(sha256, tenant, {
        fingerprint: keysBefore?.fingerprintOf(sha256) ?? identity.fingerprint(sha256),
        expiresMs,
        enabled: enabled && keyEnabled,
        hashOnly: secret === undefined,
      });
    }
    if (enabled && tenantConfig.open) keys.addOpen(tenant);
  }
  return {
    ...{ tenantConfigs, keys, tenants },
    limits: new LimitTable(tenantConfigs, (sha256) => keys.fingerprintOf(sha256) ?? ""),
    tenantRoutes: new TenantRoutes(routes, new Map(tenantConfigs.map((each) => [each.name, each]))),
    tenantSecrets: tenantConfigs.flatMap((each) => each.keys.flatMap(({ secret }) => secret?.reveal() ?? [])),
  };
}
