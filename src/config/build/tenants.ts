import type { TenantConfig } from "../config.ts";
import type { Report } from "../problem.ts";
import { settingsLayer } from "../schema/settings_fields.ts";
import { callerLimitSet, queuePolicy } from "../schema/limits/caller_limits_field.ts";
import type { TenantFile } from "../schema/tenant_file.ts";
import { ppm } from "../schema/usage/usage_fields.ts";
import type { Path } from "../text/document.ts";
import { nearest } from "../text/nearest.ts";
import type { Item } from "./item.ts";
import { buildAddresses, isLoopback } from "./network.ts";
import { buildRoutes } from "./routes.ts";
import type { SecretResolver } from "./secrets.ts";
import { buildTenantKeys, type KeyBuilding } from "./tenants/keys.ts";

/** What of the rest of the config tenants are checked against. */
export interface TenantSurroundings {
  /** Undefined: names of pools are not looked at. */
  readonly poolNames: ReadonlySet<string> | undefined;
  /** The host that the gateway listens on. */
  readonly listenHost: string;
}

/**
 * Makes the tenants of a config; reports names and keys that come twice, pools that do not exist and doors that would
 * stand open to everybody, and warns of weak keys.
 */
export function buildTenants(
  items: readonly Item<TenantFile>[],
  secrets: SecretResolver,
  report: Report,
  surroundings: TenantSurroundings,
): TenantConfig[] {
  const firstByName = new Map<string, number>();
  const keyBuilding: KeyBuilding = { secrets, report, holders: new Map() };
  return items.map(({ index, file }) => {
    const path: Path = ["tenants", index];
    const first = firstByName.get(file.name);
    if (first === undefined) firstByName.set(file.name, index);
    else report.problem([...path, "name"], `tenants[${first}] has this name already`, "names are unique");
    checkKeys(file, path, report);
    checkOpen(file, path, report, surroundings);
    checkPools(file, path, report, surroundings);
    const { name, open, enabled, note, models, pools, formats, paths, debug, overrides, records } = file;
    const { aliases, priority } = file;
    const priceMultiplierPpm = file.priceMultiplier === undefined ? undefined : ppm(file.priceMultiplier);
    const routeItems = file.routes.map((route, at) => ({ index: at, file: route }));
    return {
      ...{
        name,
        open,
        enabled,
        note,
        models,
        pools,
        formats,
        paths,
        debug,
        overrides,
        records,
        aliases,
        priority,
        priceMultiplierPpm,
      },
      keys: buildTenantKeys(file.keys ?? [], index, keyBuilding),
      addresses: addressesOf(file, path, report),
      routes: buildRoutes(routeItems, surroundings.poolNames, report, path),
      settings: settingsLayer(file),
      limits: callerLimitSet(file.limits),
      queue: queuePolicy(file.queue),
    };
  });
}

function checkKeys({ keys, open }: TenantFile, path: Path, report: Report): void {
  if (open) return;
  if (keys === undefined) report.problem([...path, "keys"], "is required");
  else if (keys.length === 0) {
    report.warn([...path, "keys"], "without keys, nobody can call as this tenant");
  }
}

/** Where it may call from. An open tenant that names no addresses is this machine's own, wherever the gateway then listens. */
function addressesOf({ open, addresses }: TenantFile, path: Path, report: Report): string[] | undefined {
  const written = addresses ?? (open ? ["loopback"] : undefined);
  return written && buildAddresses(written, [...path, "addresses"], report);
}

function checkOpen(
  { open, addresses }: TenantFile,
  path: Path,
  report: Report,
  { listenHost }: TenantSurroundings,
): void {
  if (!open || addresses !== undefined || isLoopback(listenHost)) return;
  report.problem(
    [...path, "open"],
    "would let in everybody who reaches this gateway, since it listens on more than this machine",
    'add "addresses", such as ["loopback", "10.0.0.0/8"], or give the tenant keys',
  );
}

function checkPools(
  { pools, routes }: TenantFile,
  path: Path,
  report: Report,
  { poolNames }: TenantSurroundings,
): void {
  if (poolNames === undefined || pools === undefined) return;
  for (const [at, pool] of pools.entries()) {
    if (poolNames.has(pool)) continue;
    const meant = nearest(pool, poolNames);
    report.problem(
      [...path, "pools", at],
      "no pool has this name",
      meant === undefined ? undefined : `did you mean "${meant}"?`,
    );
  }
  for (const [at, { to }] of routes.entries()) {
    const targets = typeof to === "string"
      ? [to]
      : to.flat().map((one) => typeof one === "string" ? one : one.to);
    if (targets.every((target) => pools.includes(target.split("/", 1)[0] ?? ""))) continue;
    report.warn([...path, "routes", at, "to"], "leads to pools that this tenant's `pools` do not name");
  }
}
