import { isIP } from "node:net";
import type { Config, TenantConfig } from "../../config/config.ts";
import { addressList } from "../../core/network/address_list.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import { grantsOf } from "../../tenants/grants.ts";
import type { Tenant } from "../../tenants/tenant.ts";

/** Tenants made before, with what else they were made of: one change among thousands must not make all anew. */
const MADE = new WeakMap<TenantConfig, { readonly records: Config["records"]; readonly tenant: Tenant }>();

/** A tenant of the config as the request path sees it; the same object for the same config. */
export function tenantOf(tenant: TenantConfig, { records }: Pick<Config, "records">): Tenant {
  const before = MADE.get(tenant);
  if (before?.records === records) return before.tenant;
  const made = makeTenant(tenant, records);
  MADE.set(tenant, { records, tenant: made });
  return made;
}

function makeTenant(tenant: TenantConfig, recording: Config["records"]): Tenant {
  const { name, pools, addresses, formats, paths, priority, debug, overrides, records } = tenant;
  return {
    ...{ name, priority, debug, overrides },
    allowsModel: matcherOf(modelsOf(tenant)),
    access: {
      allowsAddress: addresses && addressMatcher(addresses),
      allowsFormat: formats && matcherOf(formats),
      allowsPool: pools && matcherOf(pools),
    },
    grants: grantsOf(paths),
    records: recording.enabled ? records ?? recording.bodies : "off",
  };
}

/** Whoever has a name of its own for a model, or a route of its own, may ask for that: why else would it be there. */
function modelsOf({ models, aliases, routes }: TenantConfig): readonly string[] {
  if (models === undefined) return ["*"];
  const own = routes.filter((route) => route.enabled).map((route) => route.model);
  return [...models, ...Object.keys(aliases), ...own.filter((model) => !model.includes("*"))];
}

function addressMatcher(addresses: readonly string[]): Matcher {
  const list = addressList(addresses);
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
