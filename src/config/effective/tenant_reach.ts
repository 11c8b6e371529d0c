import type { TenantConfig } from "../config.ts";
import type { Path } from "../text/document.ts";

/** What bounds a tenant's calls beside models and paths, by the config's names. */
export function reachOf(tenant: TenantConfig): Readonly<Record<string, unknown>> {
  const { open, pools, addresses, formats, priority } = tenant;
  return {
    open,
    pools: pools ?? "all",
    addresses: addresses ?? "anywhere",
    formats: formats ?? "all",
    priority,
  };
}

/** A tenant's own names for models: name, what it leads to, and where in the tenant that is said. */
export function ownRoutesOf({ routes, aliases }: TenantConfig): (readonly [string, string, Path])[] {
  const told = (tiers: TenantConfig["routes"][number]["tiers"]) =>
    tiers.map((tier) => tier.map(({ pool, model }) => `${pool}/${model ?? "*"}`).join(", ")).join("; then ");
  return [
    ...routes.map(({ model, tiers }, at) =>
      [`routes[${at}]`, `${model}: ${told(tiers)}`, ["routes", at]] as const
    ),
    ...Object.entries(aliases).map(([name, model]) => [`aliases.${name}`, model, ["aliases", name]] as const),
  ];
}
