import assert from "node:assert/strict";
import { effectiveValues } from "../../src/config/effective.ts";
import { loadText } from "./load_text.ts";

const TEXT = `{
  "records": { "maxTotal": "2GB" },
  "defaults": { "retry": { "attempts": 2 }, "balance": { "strategy": "random" } },
  "tenants": [{ "name": "web", "keys": ["sk-CANARY-tenant-000000"], "models": ["m"] }],
  "pools": [
    { "name": "a", "provider": "openai", "keys": ["sk-CANARY"], "deadlines": { "idle": "20s" }, "affinity": { "by": "ip" } },
    { "name": "b", "provider": "openai", "keys": ["sk-CANARY"] }
  ],
  "routes": [
    { "model": "auto", "to": [["a/x"], ["a/x", "b/x"]], "retry": { "attempts": 3 } }
  ]
}`;

const values = () => {
  const rows = effectiveValues(loadText(TEXT));
  return (scope: string, name: string) => {
    const found = rows.filter((row) => row.scope === scope && row.name === name);
    assert.equal(found.length, 1, `${scope} ${name}`);
    const { value, source, line } = found[0] ?? assert.fail();
    return [value, source, line];
  };
};

Deno.test("effective: every value tells the member it comes from, and its line", () => {
  const at = values();
  assert.deepEqual(at("gateway", "listen"), ["127.0.0.1:4283", "default", undefined]);
  assert.deepEqual(at("gateway", "records.maxTotal"), ["2GB", "records.maxTotal", 2]);
  assert.deepEqual(at("tenant web", "models"), ["m", "tenants[0].models", 4]);
  assert.deepEqual(at("pool a", "deadlines.idle"), ["20s", "pools[0].deadlines.idle", 6]);
  assert.deepEqual(at("pool b", "deadlines.idle"), ["5m", "default", undefined]);
  assert.deepEqual(at("pool b", "retry.attempts"), ["2", "defaults.retry.attempts", 3]);
  assert.deepEqual(at("route auto, tier 1, pool a", "retry.attempts"), ["3", "routes[0].retry.attempts", 10]);
  assert.deepEqual(at("route auto, tier 1, pool a", "deadlines.idle"), ["20s", "pools[0].deadlines.idle", 6]);
});

Deno.test("effective: over several pools, no single pool's affinity holds", () => {
  const at = values();
  assert.deepEqual(at("route auto, tier 1, pool a", "affinity"), [
    "by ip, ttl 5m, not sliding",
    "pools[0].affinity",
    6,
  ]);
  assert.deepEqual(at("route auto, tier 2, pool a", "affinity"), [
    "by prefix, ttl 5m, sliding",
    "default",
    undefined,
  ]);
  assert.deepEqual(at("route auto, tier 2, pool b", "balance.strategy"), [
    "random",
    "defaults.balance.strategy",
    3,
  ]);
});

Deno.test("effective: a strategy's options come from where it is named, or are its defaults", () => {
  const rows = effectiveValues(loadText(`{
    "defaults": { "balance": { "strategy": "least_load", "load": "peak_ewma" } },
    "pools": [
      { "name": "a", "provider": "openai", "keys": ["k"] },
      { "name": "b", "provider": "openai", "keys": ["k"], "balance": { "strategy": "power_of_two" } }
    ]
  }`));
  const sourceOf = (scope: string) => {
    const row = rows.find((one) => one.scope === scope && one.name === "balance.load");
    return [row?.value, row?.source];
  };
  assert.deepEqual(sourceOf("pool a"), ["peak_ewma", "defaults.balance.load"]);
  assert.deepEqual(sourceOf("pool b"), ["in_flight", "default"]);
});

Deno.test("effective: no secret is among the values", () => {
  assert.doesNotMatch(JSON.stringify(effectiveValues(loadText(TEXT))), /CANARY/);
});

Deno.test("effective: a pool's limits are told, its models' and its day's too", () => {
  const rows = effectiveValues(loadText(`{ "pools": [{ "provider": "openai", "keys": ["k"], "limits": {
    "requestsPerMinute": 60,
    "requestsPerDay": { "max": 9, "resetAt": "07:05", "zone": "Asia/Shanghai" },
    "models": { "m": { "concurrency": 2 } }
  } }] }`));
  const limits = rows.filter((row) => row.name.startsWith("limits"));
  assert.deepEqual(limits.map(({ name, value, source, line }) => [name, value, source, line]), [
    ["limits.requestsPerMinute", "60", "pools[0].limits.requestsPerMinute", 2],
    ["limits.requestsPerDay", "9 from 07:05 Asia/Shanghai", "pools[0].limits.requestsPerDay", 3],
    ["limits.models.m.concurrency", "2", "pools[0].limits.models.m.concurrency", 4],
  ]);
});

Deno.test("effective: a tenant's limits are told, its budget and its queue too", () => {
  const rows = effectiveValues(loadText(`{ "tenants": [{ "name": "web", "keys": ["k"], "limits": {
    "tokensPerDay": 9,
    "budget": { "usd": 20.5, "per": "month", "zone": "Asia/Shanghai" },
    "models": { "gpt-*": { "budget": { "usd": 1, "per": { "rolling": "7d" } } } } },
    "queue": { "wait": "2s" }
  }], "pools": [] }`));
  const limits = rows.filter((row) => /^(?:limits|queue|priority)/.test(row.name));
  assert.deepEqual(limits.map(({ name, value, line }) => [name, value, line]), [
    ["queue", "100 for 2s", 5],
    ["priority", "50", undefined],
    ["limits.tokensPerDay", "9 from 00:00 UTC", 2],
    ["limits.budget", "$20.5 a month, Asia/Shanghai", 3],
    ["limits.models.gpt-*.budget", "$1 in 7d", 4],
  ]);
});

Deno.test("effective: a tenant shows its bounds, its own names and the settings it says itself", () => {
  const rows = effectiveValues(loadText(`{
    "tenants": [{ "name": "web", "keys": ["sk-CANARY-tenant-000000"], "pools": ["a"], "retry": { "attempts": 1 },
      "aliases": { "fast": "mini" },
      "routes": [{ "model": "auto", "to": [["a/x"], ["a/*"]] }] }],
    "pools": [{ "name": "a", "provider": "openai", "keys": ["sk-CANARY"] }]
  }`)).filter(({ scope }) => scope === "tenant web");
  const at = (name: string) =>
    rows.filter((row) => row.name === name).map(({ value, line }) => [value, line]);
  assert.deepEqual(at("pools"), [["a", 2]]);
  assert.deepEqual(at("addresses"), [["anywhere", undefined]]);
  assert.deepEqual(at("retry.attempts"), [["1", 2]]);
  assert.deepEqual(at("retry.wait"), []);
  assert.deepEqual(at("aliases.fast"), [["mini", 3]]);
  assert.deepEqual(at("routes[0]"), [["auto: a/x; then a/*", 4]]);
  assert.ok(!JSON.stringify(rows).includes("CANARY"));
});
