import { ONE_PPM } from "../limits/prices/cost.ts";
import { alertPolicy } from "./alert_policy.ts";
import type { Config, PoolConfig, RouteConfig, TenantConfig, UpstreamConfig } from "./config.ts";
import { editValues } from "./edits/edit_values.ts";
import type { LoadedConfig } from "./load.ts";
import { shownPath } from "./problem.ts";
import { formatDuration } from "./schema/duration.ts";
import { formatSize } from "./schema/size.ts";
import { memoryValues } from "./effective/memory_values.ts";
import { usageValues } from "./effective/usage_values.ts";
import { limitText } from "./effective/limit_text.ts";
import { shownAddress } from "./effective/shown_address.ts";
import { discoveredModels, ownOfUpstream, renamed } from "./effective/pool_words.ts";
import { ownRoutesOf, reachOf } from "./effective/tenant_reach.ts";
import { effectiveSettings, type Settings } from "./settings.ts";
import type { Path } from "./text/document.ts";

/** One value in force and where it comes from. */
export interface EffectiveValue {
  /** `gateway`, `tenant web`, `pool openai`, `route auto, tier 1, pool openai`. */
  readonly scope: string;
  /** As the config spells it: `deadlines.connect`. */
  readonly name: string;
  readonly value: string;
  /** Path of the member that says so, or `default`. */
  readonly source: string;
  /** Line of that member; undefined for a default. */
  readonly line: number | undefined;
}

/** Every setting in force, in the order of the file; secrets are not among them. */
export function effectiveValues(loaded: LoadedConfig): EffectiveValue[] {
  const { config } = loaded;
  return [
    ...gatewayValues(config).map(([path, value]) => found(loaded, "gateway", path.join("."), value, [path])),
    ...config.tenants.flatMap((tenant, index) => {
      const path: Path = ["tenants", index];
      const scope = `tenant ${tenant.name}`;
      const { enabled, models, paths, debug, overrides, records, limits, queue } = tenant;
      const { priceMultiplierPpm: ppm = ONE_PPM } = tenant;
      const values = {
        enabled,
        models: models ?? "all",
        paths,
        debug,
        overrides,
        records: records ?? "as records.bodies",
        priceMultiplier: ppm / ONE_PPM,
        queue: queue === undefined ? "none" : `${queue.max} for ${formatDuration(queue.waitMs)}`,
      };
      return [
        ...members(loaded, scope, path, values),
        ...members(loaded, scope, path, reachOf(tenant)),
        ...ownRoutesOf(tenant).map(([name, value, place]) =>
          found(loaded, scope, name, value, [[...path, ...place]])
        ),
        ...ownSettings(
          loaded,
          scope,
          path,
          effectiveSettings(config, undefined, undefined, [tenant.settings]),
        ),
        ...limitValues(loaded, scope, path, limits),
      ];
    }),
    ...config.pools.flatMap((pool, index) => {
      const { provider, enabled, weight, priority, rename, renameOnly, limits } = pool;
      const formats = pool.formats ?? "all of the provider's";
      const upstreams = pool.upstreams.map((upstream) => upstream.url);
      const models = pool.discover === undefined ? pool.models : discoveredModels(pool.discover);
      const scope = `pool ${pool.name}`;
      const path: Path = ["pools", index];
      return [
        ...members(loaded, scope, path, { provider, enabled, weight, priority, upstreams, models, formats }),
        ...members(loaded, scope, path, { rename: renamed(rename), renameOnly }),
        ...pool.upstreams.flatMap((upstream, at) =>
          upstreamValues(loaded, pool, upstream, [...path, "upstreams", at])
        ),
        ...limitValues(loaded, scope, path, limits),
        ...members(loaded, scope, path, usageValues(pool)),
        ...settingValues(loaded, scope, effectiveSettings(config, pool), () => [path]),
        ...alertValues(config, pool).map(([name, value]) => {
          return found(loaded, scope, name.join("."), value, [[...path, ...name], name]);
        }),
        ...editsOf(loaded, scope, pool, path),
      ];
    }),
    ...routeValues(loaded),
  ];
}

/** What an upstream has beside its pool's; one that has nothing of its own is told by its URL. */
function upstreamValues(
  loaded: LoadedConfig,
  pool: PoolConfig,
  upstream: UpstreamConfig,
  path: Path,
): EffectiveValue[] {
  return members(loaded, `pool ${pool.name}, upstream ${upstream.name}`, path, ownOfUpstream(pool, upstream));
}

/** Of a tenant's settings only what it says itself; the rest is said by its requests' pools and routes. */
function ownSettings(loaded: LoadedConfig, scope: string, path: Path, settings: Settings): EffectiveValue[] {
  return settingValues(loaded, scope, settings, () => [path])
    .filter(({ source }) => source.startsWith(`${shownPath(path)}.`));
}

/** Limits that a pool or a tenant sets; there are no others in force. */
function limitValues(
  loaded: LoadedConfig,
  scope: string,
  path: Path,
  set: PoolConfig["limits"] | TenantConfig["limits"],
): EffectiveValue[] {
  if (set === undefined) return [];
  const places: (readonly [string[], object])[] = [
    [[], set.limits],
    ...Object.entries(set.models).map(([model, one]): [string[], object] => [["models", model], one]),
  ];
  return places.flatMap(([place, limits]) =>
    Object.entries(limits).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const at = ["limits", ...place, name];
      return [found(loaded, scope, at.join("."), limitText(value), [[...path, ...at]])];
    })
  );
}

function editsOf(
  loaded: LoadedConfig,
  scope: string,
  edited: PoolConfig | RouteConfig,
  path: Path,
): EffectiveValue[] {
  return editValues(edited).map(([name, value]) =>
    found(loaded, scope, name.join("."), value, [[...path, ...name]])
  );
}

function routeValues(loaded: LoadedConfig): EffectiveValue[] {
  const { config } = loaded;
  const places = new Map(config.pools.map((pool, index) => [pool.name, { pool, path: ["pools", index] }]));
  return config.routes.flatMap((route, index) => [
    ...editsOf(loaded, `route ${route.model}`, route, ["routes", index]),
    ...route.tiers.flatMap((tier, tierAt) =>
      [...new Set(tier.map((target) => target.pool))].flatMap((name) => {
        const place = places.get(name);
        if (place === undefined) return [];
        const scope = `route ${route.model}, tier ${tierAt + 1}, pool ${name}`;
        const own = effectiveSettings(config, place.pool, route);
        // Over several targets no single pool's way of choosing can hold.
        const chosen = tier.length === 1 ? own : effectiveSettings(config, undefined, route);
        const settings = { ...own, balance: chosen.balance, affinity: chosen.affinity };
        const routePath: Path = ["routes", index];
        return settingValues(
          loaded,
          scope,
          settings,
          (group) =>
            tier.length > 1 && (group === "balance" || group === "affinity")
              ? [routePath]
              : [routePath, place.path],
        );
      })
    ),
  ]);
}

function gatewayValues(config: Config): (readonly [Path, string])[] {
  const { listen, admin, trustedProxies, cors, proxies = [], prices, usage } = config;
  const { state, records, logs, alerts, metrics } = config;
  return [
    [["listen"], shownAddress(listen)],
    [["admin", "enabled"], shown(admin.enabled)],
    [["admin", "listen"], admin.listen === undefined ? "as listen" : shownAddress(admin.listen)],
    [["trustedProxies"], shown(trustedProxies)],
    [["cors", "origins"], shown(cors.origins)],
    ...memoryValues(config),
    ...(proxies.length === 0 ? [] : [[["proxies"], shown(proxies.map(({ name }) => name))] as const]),
    [["prices"], shown(prices.map((own) => own.model))],
    [["usage", "inject"], shown(usage.inject)],
    [["state", "store"], state.store],
    [["records", "enabled"], shown(records.enabled)],
    [["records", "bodies"], records.bodies],
    [["records", "keepDays"], shown(records.keepDays)],
    [["records", "maxTotal"], formatSize(records.maxTotalBytes)],
    [["records", "compress"], shown(records.compress)],
    [["records", "onFullDisk"], records.onFullDisk],
    [["records", "training"], shown(records.training)],
    [["records", "to"], records.to],
    [["logs", "level"], logs.level],
    [["logs", "files"], shown(logs.files.map((file) => file.name))],
    ...alertValues(config),
    [["alerts", "file"], shown(alerts.file)],
    [["alerts", "webhooks"], shown(alerts.webhooks.map((webhook) => webhook.type))],
    [["metrics", "enabled"], shown(metrics.enabled)],
    [["metrics", "listen"], metrics.listen === undefined ? "as listen" : shownAddress(metrics.listen)],
    [
      ["metrics", "token"],
      metrics.tokens === undefined ? "none asked of near addresses" : "asked of everybody",
    ],
  ];
}

function alertValues(config: Config, pool?: PoolConfig): (readonly [Path, string])[] {
  const { threshold, windowMs, cooldownMs } = alertPolicy(config, pool);
  return [
    [["alerts", "threshold"], shown(threshold)],
    [["alerts", "window"], formatDuration(windowMs)],
    [["alerts", "cooldown"], formatDuration(cooldownMs)],
  ];
}

function members(
  loaded: LoadedConfig,
  scope: string,
  path: Path,
  values: Readonly<Record<string, unknown>>,
): EffectiveValue[] {
  return Object.entries(values).map(([name, value]) =>
    found(loaded, scope, name, shown(value), [[...path, name]])
  );
}

function settingValues(
  loaded: LoadedConfig,
  scope: string,
  settings: Settings,
  placesOf: (group: string) => readonly Path[],
): EffectiveValue[] {
  return spelled(settings).map(([path, value]) => {
    const places = [...placesOf(path[0] ?? ""), ["defaults"]];
    const options = path[0] === "balance" && path[1] !== "slowStart";
    // A strategy's options come from the place that names it, also those that are left out there.
    const from = options
      ? places.filter((place) => loaded.lineOf([...place, "balance", "strategy"]) !== undefined).slice(0, 1)
      : places;
    return found(loaded, scope, path.join("."), value, from.map((place) => [...place, ...path]));
  });
}

/** The settings as the config spells them. */
function spelled(
  { balance, affinity, retry, deadlines, streams, commit, health, probe }: Settings,
): (readonly [readonly string[], string])[] {
  const ttl = affinity === undefined ? "" : formatDuration(affinity.ttlMs);
  const stay = affinity &&
    `by ${affinity.header ?? affinity.by}, ttl ${ttl}, ${affinity.sliding ? "sliding" : "not sliding"}`;
  return [
    [["balance", "strategy"], balance.strategy],
    ...Object.entries(balance.options).map(([name, value]) => [["balance", name], shown(value)] as const),
    [["balance", "slowStart"], balance.slowStartMs === 0 ? "off" : formatDuration(balance.slowStartMs)],
    [["affinity"], stay ?? "off"],
    [["retry", "attempts"], shown(retry.attempts)],
    [["retry", "budget", "share"], shown(retry.budgetShare)],
    [["retry", "budget", "floorPerSecond"], shown(retry.budgetFloorPerSecond)],
    [["retry", "wait"], formatDuration(retry.waitMs)],
    [["retry", "overloadAs"], shown(retry.overloadAs)],
    [["deadlines", "connect"], formatDuration(deadlines.connectMs)],
    [["deadlines", "headers"], formatDuration(deadlines.headersMs)],
    [["deadlines", "headersUnstreamed"], formatDuration(deadlines.headersUnstreamedMs)],
    [["deadlines", "firstContent"], formatDuration(deadlines.firstContentMs)],
    [["deadlines", "idle"], formatDuration(deadlines.idleMs)],
    [["deadlines", "total"], deadlines.totalMs === undefined ? "none" : formatDuration(deadlines.totalMs)],
    [["deadlines", "socketIdle"], formatDuration(deadlines.socketIdleMs)],
    [["streams", "hold"], formatDuration(streams.holdMs)],
    [["streams", "keepAlive"], formatDuration(streams.keepAliveMs)],
    [["commit"], commit],
    [["health", "consecutive"], shown(health.consecutive)],
    [["health", "window", "failures"], shown(health.window.failures)],
    [["health", "window", "span"], formatDuration(health.window.spanMs)],
    [["health", "rate", "minimum"], shown(health.rate.minimum)],
    [["health", "rate", "share"], shown(health.rate.share)],
    [["health", "rate", "span"], formatDuration(health.rate.spanMs)],
    [["health", "eject", "base"], formatDuration(health.eject.baseMs)],
    [["health", "eject", "max"], formatDuration(health.eject.maxMs)],
    [["health", "keyInvalidAfter"], shown(health.keyInvalidAfter)],
    [["probe"], probe.mode === "active" ? `active, every ${formatDuration(probe.everyMs)}` : probe.mode],
  ];
}

/** Finds the first of several places where the file says something. */
function found(
  loaded: LoadedConfig,
  scope: string,
  name: string,
  value: string,
  places: readonly Path[],
): EffectiveValue {
  for (const place of places) {
    const line = loaded.lineOf(place);
    if (line !== undefined) return { scope, name, value, source: shownPath(place), line };
  }
  return { scope, name, value, source: "default", line: undefined };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return String(value);
}
