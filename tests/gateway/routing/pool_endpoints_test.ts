import assert from "node:assert/strict";
import type { PoolConfig } from "../../../src/config/config.ts";
import { Secret } from "../../../src/core/secret.ts";
import { atOnce } from "../../../src/core/time/steps.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";
import { endpointsOf } from "../../../src/gateway/routing/pool_endpoints.ts";
import { loadText } from "../../config/load_text.ts";

const identity = new EndpointIdentity(new Uint8Array(32));

function poolOf(members: string): PoolConfig {
  const [pool] = loadText(`{ "pools": [{ "provider": "openai", ${members} }] }`).config.pools;
  return pool ?? assert.fail();
}

function build(pool: PoolConfig, loads = new LoadTable(), newAtMs?: number) {
  return endpointsOf(pool, { identity, loads, newAtMs, callableUrl: (url) => url });
}

Deno.test("an endpoint may serve the models that both its upstream and its key allow", () => {
  const [both, upstreamOnly] = build(poolOf(`
    "upstreams": [{ "url": "https://one.example/v1", "models": ["gpt-*"] }],
    "keys": [{ "key": "k1", "models": ["gpt-4o", "o3"] }, "k2"]
  `));
  assert.equal(both?.models?.("gpt-4o"), true);
  assert.equal(both?.models?.("o3"), false, "the upstream does not have it");
  assert.equal(both?.models?.("gpt-5"), false, "the key may not use it");
  assert.equal(upstreamOnly?.models?.("gpt-5"), true);
  const [keyOnly, neither] = build(poolOf(`"keys": [{ "key": "k1", "models": ["o3"] }, "k2"]`));
  assert.equal(keyOnly?.models?.("o3"), true);
  assert.equal(keyOnly?.models?.("gpt-5"), false);
  assert.equal(neither?.models, undefined);
});

Deno.test("a key's priority is its endpoints'", () => {
  const endpoints = build(poolOf(`
    "upstreams": ["https://one.example/v1", "https://two.example/v1"],
    "keys": [{ "key": "k1", "priority": 7 }, "k2"]
  `));
  assert.deepEqual(endpoints.map(({ priority }) => priority), [7, 0, 7, 0]);
});

Deno.test("endpoints of the first config are warm; one that a reload brings starts slowly", () => {
  const loads = new LoadTable();
  const [first] = build(poolOf(`"keys": ["k1"]`), loads);
  assert.equal(first?.load.warmth(0, 30_000), 1);
  const [kept, added] = build(poolOf(`"keys": ["k1", "k2"]`), loads, 5_000);
  assert.equal(kept?.load, first?.load);
  assert.equal(kept?.load.warmth(5_000, 30_000), 1);
  assert.equal(added?.load.warmth(5_000, 30_000), 0.1);
});

Deno.test("an endpoint is taken over as long as upstream, key and what was measured of it stay the same", () => {
  const loads = new LoadTable();
  const pool = poolOf(`"keys": ["k1", "k2"]`);
  const before = new Map();
  const sources = { identity, loads, newAtMs: undefined, callableUrl: (url: string) => url };
  const first = endpointsOf(pool, { ...sources, made: { before: undefined, now: before } });
  const [, kept] = typeof pool.keys === "string" ? [] : pool.keys;
  const fewer = { ...pool, keys: kept === undefined ? [] : [kept] };
  const now = new Map();
  const second = endpointsOf(fewer, { ...sources, made: { before, now } });
  assert.deepEqual(second.map((endpoint) => first.indexOf(endpoint)), [1]);
  atOnce(loads.retain(now, new Set(second.map(({ id }) => id))));
  const third = endpointsOf(pool, { ...sources, made: { before, now: new Map() } });
  assert.deepEqual(
    third.map((endpoint) => first.indexOf(endpoint)),
    [-1, 1],
    "what was measured of one is lost",
  );
});

Deno.test("credentials stay secrets", () => {
  const [endpoint] = build(poolOf(`"keys": ["sk-0123456789"]`));
  assert.ok(typeof endpoint?.key === "object" && endpoint.key.secret instanceof Secret);
  assert.equal(JSON.stringify(endpoint).includes("sk-0123456789"), false);
});

Deno.test("limits of the pool, the upstream and the key all hold, each under a count of its own", () => {
  const [one, two] = build(poolOf(`
    "limits": { "concurrency": 9 },
    "upstreams": [{ "url": "https://one.example/v1", "limits": { "tokensPerMinute": 1000 } }],
    "keys": [{ "key": "k1", "limits": { "requestsPerMinute": 60, "models": { "m": { "requestsPerMinute": 5 } } } }, "k2"]
  `));
  const [ofPool, ofUpstream, ofKey] = one?.quota?.limits ?? [];
  assert.deepEqual(ofPool, { scope: "pool:openai", limits: { concurrency: 9 }, models: {} });
  assert.deepEqual(ofUpstream?.limits, { tokensPerMinute: 1000 });
  assert.deepEqual(ofKey, {
    scope: one?.scopes.key,
    limits: { requestsPerMinute: 60 },
    models: { m: { requestsPerMinute: 5 } },
  });
  assert.deepEqual(two?.quota?.limits.map(({ scope }) => scope), [ofPool?.scope, ofUpstream?.scope]);
});

Deno.test("a quota group is declared, or ruled out, or found out by measuring", () => {
  const endpoints = build(poolOf(`
    "keys": [{ "key": "k1", "quotaGroup": "org" }, { "key": "k2", "quotaGroup": "none" }, "k3"]
  `));
  assert.deepEqual(endpoints.map(({ quota }) => quota?.grouping), ["declared", "alone", "inferred"]);
  assert.deepEqual(
    endpoints.map(({ scopes }) => scopes.group === scopes.key),
    [false, true, true],
    "none is no group",
  );
});

Deno.test("an upstream may be of another vendor than its pool: ids and scopes are its own vendor's", () => {
  const members = (provider: string) => `
    "upstreams": [{ "url": "https://r.openai.azure.com", ${provider} "apiVersion": "2024-10-21" }],
    "keys": ["k1"]
  `;
  const [mixed] = build(poolOf(members('"provider": "azure_openai",')));
  const azure = loadText(`{ "pools": [{ "provider": "azure_openai", ${members("")} }] }`).config.pools[0];
  const [pure] = build(azure ?? assert.fail());
  assert.equal(mixed?.provider, "azure_openai");
  assert.equal(mixed?.apiVersion, "2024-10-21");
  assert.deepEqual([mixed?.id, mixed?.scopes], [pure?.id, pure?.scopes]);
});

Deno.test("an upstream's own names go before its pool's; other names stay", () => {
  const [renamed, plain] = build(poolOf(`
    "upstreams": [
      { "url": "https://one.example/v1", "rename": { "gpt-4o": "dep-one" } },
      "https://two.example/v1"
    ],
    "rename": { "gpt-4o": "gpt-4o-2024-11-20", "fast": "gpt-4o" },
    "keys": ["k1"]
  `));
  assert.deepEqual(["gpt-4o", "fast", "o3"].map((name) => renamed?.rename?.(name)), [
    "dep-one",
    "gpt-4o",
    "o3",
  ]);
  assert.equal(plain?.rename?.("gpt-4o"), "gpt-4o-2024-11-20");
  const [bare] = build(poolOf('"keys": ["k1"]'));
  assert.equal(bare?.rename, undefined);
});

Deno.test("with renameOnly an endpoint serves only names that it or its pool renames", () => {
  const [one, two] = build(poolOf(`
    "upstreams": [{ "url": "https://one.example/v1", "rename": { "best": "dep" } }, "https://two.example/v1"],
    "rename": { "fast": "gpt-4o-mini" },
    "renameOnly": true,
    "keys": ["k1"]
  `));
  assert.deepEqual(["best", "fast", "gpt-4o-mini"].map((name) => one?.models?.(name)), [true, true, false]);
  assert.deepEqual(["best", "fast"].map((name) => two?.models?.(name)), [false, true]);
});

Deno.test("a pool of which nothing changed keeps its very list; one of whose keys changed does not", () => {
  const loads = new LoadTable();
  const pool = poolOf(
    `"keys": ["k1", "k2"], "upstreams": ["https://one.example/v1", "https://two.example/v1"]`,
  );
  const sources = { identity, loads, newAtMs: undefined, callableUrl: (url: string) => url };
  const before = new Map();
  const first = endpointsOf(pool, { ...sources, made: { before: undefined, now: before } });
  const now = new Map();
  const second = endpointsOf({ ...pool, weight: 7 }, { ...sources, made: { before, now } });
  assert.equal(second, first);
  assert.equal(now.get(pool.name), before.get(pool.name));
  const changes: Partial<PoolConfig>[] = [
    { keys: typeof pool.keys === "string" ? [] : pool.keys.slice(1) },
    { upstreams: pool.upstreams.slice(1) },
    { upstreams: pool.upstreams.toReversed() },
    { upstreams: pool.upstreams.map((upstream) => ({ ...upstream, weight: 2 })) },
    { rename: { "gpt-x": "gpt-y" } },
  ];
  for (const change of changes) {
    const made = { before: now, now: new Map() };
    assert.notEqual(endpointsOf({ ...pool, ...change }, { ...sources, made }), first, JSON.stringify(change));
  }
});
