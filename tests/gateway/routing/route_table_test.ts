import assert from "node:assert/strict";
import type { Config, KeyConfig, PoolConfig, RouteConfig, TargetConfig } from "../../../src/config/config.ts";
import { Secret } from "../../../src/core/secret.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";
import { endpointsOf } from "../../../src/gateway/routing/pool_endpoints.ts";
import type { DiscoveredModels } from "../../../src/gateway/routing/pool_offer.ts";
import { type RoutePlan, RouteTable } from "../../../src/gateway/routing/route_table.ts";
import { takeNow } from "../../balancing/fixtures.ts";

function pool(name: string, models: string[], more: Partial<PoolConfig> = {}): PoolConfig {
  return {
    name,
    provider: "openai_compatible",
    enabled: true,
    weight: 1,
    priority: 0,
    upstreams: [{
      name: "one",
      provider: "openai_compatible",
      apiVersion: undefined,
      rename: {},
      url: `https://${name}.example/v1`,
      weight: 1,
      enabled: true,
      keys: undefined,
      models: undefined,
      limits: undefined,
      quotaGroup: undefined,
    }],
    keys: "none",
    formats: undefined,
    models,
    discover: undefined,
    rename: {},
    renameOnly: false,
    limits: undefined,
    errors: [],
    ...{ prices: undefined, priceMultiplierPpm: 1_000_000, drain: undefined },
    settings: {},
    alerts: {},
    ...more,
  };
}

function route(model: string, tiers: TargetConfig[][], more: Partial<RouteConfig> = {}): RouteConfig {
  return { model, enabled: true, tiers, settings: {}, ...more };
}

const to = (poolName: string, model?: string, weight = 1): TargetConfig => ({
  pool: poolName,
  model,
  weight,
});

function table(
  pools: PoolConfig[],
  routes: RouteConfig[] = [],
  discovered?: DiscoveredModels,
): RouteTable {
  const config: Config = {
    listen: { host: "127.0.0.1", port: 0 },
    admin: { enabled: true, listen: undefined },
    trustedProxies: [],
    cors: { origins: [] },
    body: { maxBytes: 1000 },
    memory: { maxBytes: undefined },
    defaults: {},
    tenants: [],
    pools,
    routes,
    ...{ prices: [], usage: { inject: true } },
    state: { store: "memory" },
    records: {
      enabled: false,
      bodies: "full",
      keepDays: 1,
      maxTotalBytes: 1,
      compress: false,
      onFullDisk: "serve",
      training: false,
      to: "hourly_file",
    },
    logs: { level: "info", files: [] },
    alerts: { policy: {}, file: false, webhooks: [] },
    metrics: { enabled: true, listen: undefined, tokens: undefined },
  };
  const sources = {
    identity: new EndpointIdentity(new Uint8Array(32)),
    loads: new LoadTable(),
    newAtMs: undefined,
    callableUrl: (url: string) => url,
  };
  const endpoints = new Map(pools.map((entry) => [entry.name, endpointsOf(entry, sources)]));
  return new RouteTable(config, endpoints, { discovered });
}

/** `pool/model*weight` for each candidate, tier by tier. */
function shape(plan: RoutePlan | undefined): string[][] | undefined {
  return plan?.tiers.map((tier) =>
    tier.candidates.map((candidate) =>
      `${candidate.endpoint.pool}/${candidate.model ?? "*"}*${candidate.weight}`
    )
  );
}

Deno.test("a listed model is routable without a route", () => {
  assert.deepEqual(shape(table([pool("a", ["m1"])]).resolve("m1")), [["a/**1"]]);
  assert.equal(table([pool("a", ["m1"])]).resolve("m2"), undefined);
});

Deno.test("pools that list one model share a tier by weight, after their priority", () => {
  const pools = [
    pool("paid", ["m"], { priority: 1 }),
    pool("a", ["m"], { weight: 3 }),
    pool("b", ["m"]),
  ];
  assert.deepEqual(shape(table(pools).resolve("m")), [["a/**3", "b/**1"], ["paid/**1"]]);
});

Deno.test("a name is looked up as exact route, listed model, pattern route, pool prefix, pool pattern, route star", () => {
  const pools = [pool("a", ["gpt-4o", "vendor/*"]), pool("b", ["*"])];
  const routes = [
    route("*", [[to("b", "star")]]),
    route("gpt-*", [[to("a", "by-pattern")]]),
    route("exact", [[to("a", "by-route")]]),
  ];
  const all = table(pools, routes);
  assert.deepEqual(shape(all.resolve("exact")), [["a/by-route*1"]]);
  assert.deepEqual(shape(all.resolve("gpt-4o")), [["a/**1"]], "a listed model goes before a pattern route");
  assert.deepEqual(shape(all.resolve("gpt-5")), [["a/by-pattern*1"]]);
  assert.equal(all.resolve("b/some-model")?.model, "some-model");
  assert.deepEqual(
    shape(all.resolve("vendor/x")),
    [["a/**1", "b/**1"]],
    "no pool is named vendor: it is part of the name",
  );
  assert.deepEqual(shape(all.resolve("unheard-of")), [["b/**1"]], "a pool that takes any name");
  assert.deepEqual(shape(all.resolve(undefined)), [["b/star*1"]], "no model: only the route star");
});

Deno.test("a pool prefix works only for what the pool offers", () => {
  const one = table([pool("a", ["m1"])]);
  assert.equal(one.resolve("a/m1")?.model, "m1");
  assert.equal(one.resolve("a/m2"), undefined);
  assert.equal(one.resolve("a/"), undefined);
});

Deno.test("tiers and target weights of a route are kept in order", () => {
  const pools = [pool("local", ["r1"]), pool("openai", ["mini"])];
  const routes = [route("auto", [[to("local", "r1", 2)], [to("openai", "mini"), to("local", undefined)]])];
  assert.deepEqual(shape(table(pools, routes).resolve("auto")), [
    ["local/r1*2"],
    ["openai/mini*1", "local/**1"],
  ]);
});

Deno.test("what is switched off is not routable", () => {
  const pools = [pool("off", ["m"], { enabled: false }), pool("on", ["n"])];
  const all = table(pools, [route("r", [[to("on")]], { enabled: false })]);
  assert.equal(all.resolve("m"), undefined);
  assert.equal(all.resolve("r"), undefined);
  assert.equal(all.named("off"), undefined);
  assert.deepEqual(all.names, ["n"]);
});

Deno.test("models of one pool turn one rotation and share one list of candidates", () => {
  const all = table([pool("a", ["m1", "m2"])]);
  assert.equal(all.resolve("m1")?.tiers[0], all.resolve("m2")?.tiers[0]);
});

Deno.test("settings of an attempt come from route, pool, defaults, in that order", () => {
  const a = pool("a", ["m"], { settings: { retry: { attempts: 7 }, deadlines: { idleMs: 5 } } });
  const all = table([a], [route("r", [[to("a")]], { settings: { retry: { attempts: 2 } } })]);
  assert.equal(all.resolve("m")?.settingsOf("a").retry.attempts, 7);
  assert.equal(all.resolve("r")?.settingsOf("a").retry.attempts, 2);
  assert.equal(all.resolve("r")?.settingsOf("a").deadlines.idleMs, 5);
});

Deno.test("a pool's strategy, its options and its slow start reach the tier", () => {
  const chosen = (settings: PoolConfig["settings"]) => {
    const keys = [1, 2].map((number): KeyConfig => ({
      name: `key ${number}`,
      secret: new Secret(`sk-key-${number}`),
      weight: 1,
      priority: 3 - number,
      enabled: true,
      models: undefined,
      limits: undefined,
      quotaGroup: undefined,
      note: undefined,
    }));
    const [tier] = table([pool("a", ["m"], { keys, settings })]).resolve("m")?.tiers ?? [];
    assert.ok(tier);
    const { key } = takeNow(tier)?.endpoint ?? {};
    return [typeof key === "object" ? key.name : undefined, tier.index.slowStartMs];
  };
  assert.deepEqual(chosen({}), ["key 1", 30_000]);
  const byPriority = { strategy: "priority", options: {}, slowStartMs: 5_000 };
  assert.deepEqual(chosen({ balance: byPriority }), ["key 2", 5_000]);
  assert.throws(() => chosen({ balance: { strategy: "least_load", options: { load: "?" } } }), {
    name: "ZodError",
  });
});

Deno.test("names invented without end keep no plans without end", () => {
  const all = table([pool("a", ["*"])]);
  const first = all.resolve("name-0");
  assert.equal(all.resolve("name-0"), first, "a derived plan is kept");
  for (let i = 1; i <= 1000; i++) all.resolve(`name-${i}`);
  assert.notEqual(all.resolve("name-0"), first, "and let go when a thousand others came");
});

Deno.test("an endpoint keeps its id and its load when the config is built again", () => {
  const sources = {
    identity: new EndpointIdentity(new Uint8Array(32)),
    loads: new LoadTable(),
    newAtMs: undefined,
    callableUrl: (url: string) => url,
  };
  const keyed = pool("a", ["m"], {
    keys: [{
      name: undefined,
      secret: new Secret("sk-0123456789abcdef"),
      weight: 2,
      priority: 3,
      enabled: true,
      models: undefined,
      limits: undefined,
      quotaGroup: "org",
      note: undefined,
    }],
  });
  const [before] = endpointsOf(keyed, sources);
  const [after] = endpointsOf(keyed, sources);
  assert.equal(before?.id, after?.id);
  assert.equal(before?.load, after?.load);
  assert.equal(before?.weight, 2);
  assert.equal(before?.priority, 3);
  assert.equal(JSON.stringify(before).includes("sk-0123"), false, "no credential in what can be printed");
});

Deno.test("a pool that asks its upstreams offers what they told and its filters leave", () => {
  const discover = { include: ["gpt-*", "o3"], exclude: ["*-preview"] };
  const told = [
    { id: "gpt-4o", contextWindow: 128_000, maxOutputTokens: 16_384 },
    { id: "gpt-9-preview" },
    { id: "whisper-1" },
    { id: "o3" },
  ];
  const asks = table(
    [pool("a", [], { discover }), pool("b", ["o3"])],
    [],
    (name) => name === "a" ? told : undefined,
  );
  assert.deepEqual(asks.names, ["gpt-4o", "o3"]);
  assert.deepEqual(shape(asks.resolve("gpt-4o")), [["a/**1"]]);
  assert.deepEqual(shape(asks.resolve("o3")), [["a/**1", "b/**1"]]);
  assert.deepEqual(shape(asks.resolve("a/gpt-4o")), [["a/**1"]]);
  for (const name of ["gpt-9-preview", "whisper-1", "gpt-5", "a/gpt-5"]) {
    assert.equal(asks.resolve(name), undefined, name);
  }
  assert.equal(asks.toldOf("gpt-4o")?.contextWindow, 128_000);
  assert.equal(asks.toldOf("whisper-1"), undefined);
});

Deno.test("a pool that has no list yet passes no name", () => {
  const asks = table([pool("a", [], { discover: { include: ["*"], exclude: [] } })], [
    route("auto", [[to("a", "x")]]),
  ]);
  assert.deepEqual(asks.names, ["auto"]);
  assert.equal(asks.resolve("gpt-4o"), undefined);
  assert.deepEqual(shape(asks.resolve("auto")), [["a/x*1"]], "a route needs no list");
});

Deno.test("with renameOnly only the names of rename are offered and listed, those of upstreams too", () => {
  const strict = pool("a", ["*"], { rename: { fast: "gpt-4o-mini" }, renameOnly: true });
  const upstreams = strict.upstreams.map((upstream) => ({ ...upstream, rename: { best: "dep-1" } }));
  const asks = table([{ ...strict, upstreams }]);
  assert.deepEqual(asks.names, ["fast", "best"]);
  assert.equal(asks.resolve("gpt-4o-mini"), undefined);
  assert.deepEqual(shape(asks.resolve("fast")), [["a/**1"]]);
  const narrowed = table([{ ...strict, upstreams, models: ["f*"] }]);
  assert.deepEqual(narrowed.names, ["fast"]);
});

Deno.test("without renameOnly the list of models decides, whatever is renamed", () => {
  const loose = table([pool("a", ["gpt-4o"], { rename: { fast: "gpt-4o" } })]);
  assert.deepEqual(loose.names, ["gpt-4o"]);
  assert.equal(loose.resolve("fast"), undefined);
});

Deno.test("a request without a model goes to the first pool one of whose upstreams speaks its format", () => {
  const mixed = pool("a", ["*"]);
  const upstreams = [
    ...mixed.upstreams,
    ...mixed.upstreams.map((one) => ({ ...one, provider: "anthropic" })),
  ];
  const asks = table([{ ...mixed, upstreams }]);
  assert.equal(asks.firstPool((provider) => provider === "anthropic")?.name, "pool:a");
  assert.equal(asks.firstPool((provider) => provider === "gemini"), undefined);
});
