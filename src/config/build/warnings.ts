import type { Config, PoolConfig, RouteConfig } from "../config.ts";
import { matcherOf } from "../../core/pattern.ts";
import type { Report } from "../problem.ts";
import { PROVIDERS } from "../schema/pool_file.ts";

/** Warns of what works but is hardly meant: routes that nothing reaches or that lead nowhere, pools without use. */
export function warnOfUnused(config: Config, report: Report): void {
  const pools = new Map(config.pools.map((pool) => [pool.name, pool]));
  for (const [index, route] of config.routes.entries()) {
    if (!route.enabled) continue;
    const targets = route.tiers.flat();
    if (targets.every((target) => target.weight === 0 || !takesTraffic(pools.get(target.pool)))) {
      report.warn(
        ["routes", index],
        "leads nowhere: all its pools and targets are switched off or have weight 0",
      );
    }
    const cover = coveringRoute(config.routes, index);
    if (cover !== undefined) {
      report.warn(
        ["routes", index, "model"],
        `is never reached: routes[${cover}] comes first and takes all its names`,
        "put the narrower pattern first",
      );
    }
  }
  warnOfPools(config, report);
}

function warnOfPools(config: Config, report: Report): void {
  const named = new Set(
    [...config.routes, ...config.tenants.flatMap((tenant) => tenant.routes)].filter((route) => route.enabled)
      .flatMap((route) => route.tiers.flat())
      .map((target) => target.pool),
  );
  for (const [index, pool] of config.pools.entries()) {
    if (!pool.enabled) continue;
    if (pool.models.length === 0 && pool.discover === undefined && !named.has(pool.name)) {
      report.warn(
        ["pools", index],
        `lists no model and no route leads to it; only /proxy/${pool.name} reaches it`,
      );
    }
    if (pool.renameOnly && [pool, ...pool.upstreams].every((one) => Object.keys(one.rename).length === 0)) {
      report.warn(
        ["pools", index, "renameOnly"],
        "offers nothing: no name is listed",
        'list names in "rename"',
      );
    }
    if (pool.upstreams.every((upstream) => !upstream.enabled || upstream.weight === 0)) {
      report.warn(["pools", index, "upstreams"], "all are switched off or have weight 0");
    }
    if (pool.keys === "none" && pool.upstreams.some((up) => up.keys === undefined && wantsKey(up.provider))) {
      report.warn(["pools", index], "sends no credential", 'list "keys", or write "keys": "client"');
    }
  }
}

/** Whether it is a vendor in the net: those on the operator's own machines may do without a key. */
function wantsKey(provider: string): boolean {
  const { type, defaultUrl = "" } = PROVIDERS.get(provider);
  return type === "azure_openai" || defaultUrl.startsWith("https://");
}

function takesTraffic(pool: PoolConfig | undefined): boolean {
  return pool !== undefined && pool.enabled &&
    pool.upstreams.some((upstream) => upstream.enabled && upstream.weight > 0);
}

/** Index of an earlier pattern route that takes every name of this one. Route `*` is asked last and covers none. */
function coveringRoute(routes: readonly RouteConfig[], index: number): number | undefined {
  const model = routes[index]?.model ?? "";
  if (!model.includes("*")) return undefined;
  // A pattern covers another exactly when it matches its text: only its own `*` can stand for the other's.
  const found = routes.findIndex((route, at) =>
    at < index && route.enabled && route.model !== "*" && route.model.includes("*") &&
    matcherOf([route.model])(model)
  );
  return found < 0 ? undefined : found;
}
