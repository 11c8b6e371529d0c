import assert from "node:assert/strict";
import { DEFAULT_SETTINGS, effectiveSettings } from "../../src/config/settings.ts";
import { loadText } from "./load_text.ts";

Deno.test("settings: what nobody says is the documented default", () => {
  assert.deepEqual(effectiveSettings({ defaults: {} }), DEFAULT_SETTINGS);
});

Deno.test("settings: a route goes before its pool, a pool before the defaults, member by member", () => {
  const { config } = loadText(`{
    "defaults": { "retry": { "attempts": 2 }, "deadlines": { "connect": "1s", "idle": "2s", "headers": "3s" } },
    "pools": [{ "provider": "openai", "keys": ["k"], "deadlines": { "idle": "20s", "headers": "30s" } }],
    "routes": [{ "model": "a", "to": "openai/b", "deadlines": { "headers": "300s" }, "streams": { "hold": "7s" } }]
  }`);
  const settings = effectiveSettings(config, config.pools[0], config.routes[0]);
  assert.equal(settings.retry.attempts, 2);
  assert.equal(settings.deadlines.connectMs, 1000);
  assert.equal(settings.deadlines.idleMs, 20_000);
  assert.equal(settings.deadlines.headersMs, 300_000);
  assert.deepEqual(settings.streams, { holdMs: 7000, keepAliveMs: 15_000 });
});

Deno.test("settings: affinity and a total deadline can be switched off again further up", () => {
  const { config } = loadText(`{
    "defaults": { "affinity": { "by": "ip", "ttl": "1m", "sliding": true }, "deadlines": { "total": "10m" } },
    "pools": [
      { "name": "plain", "provider": "openai", "keys": ["k"] },
      { "name": "own", "provider": "openai", "keys": ["k"], "affinity": "off", "deadlines": { "total": "none" } }
    ]
  }`);
  const plain = effectiveSettings(config, config.pools[0]);
  const own = effectiveSettings(config, config.pools[1]);
  assert.deepEqual(plain.affinity, { by: "ip", ttlMs: 60_000, sliding: true });
  assert.equal(plain.deadlines.totalMs, 600_000);
  assert.equal(own.affinity, undefined);
  assert.equal(own.deadlines.totalMs, undefined);
});

Deno.test("settings: an affinity written short lasts 300 s from its first use", () => {
  const { config } = loadText(`{ "defaults": { "affinity": { "by": "ip" } } }`);
  assert.deepEqual(effectiveSettings(config).affinity, { by: "ip", ttlMs: 300_000, sliding: false });
});

Deno.test("settings: a strategy brings its own options, and a slow start is said by itself", () => {
  const { config } = loadText(`{
    "defaults": { "balance": { "strategy": "least_load", "load": "peak_ewma", "slowStart": "1m" } },
    "pools": [
      { "name": "plain", "provider": "openai", "keys": ["k"], "balance": { "slowStart": "off" } },
      { "name": "own", "provider": "openai", "keys": ["k"], "balance": { "strategy": "power_of_two" } }
    ]
  }`);
  const balanceOf = (pool: number) => effectiveSettings(config, config.pools[pool]).balance;
  assert.deepEqual(balanceOf(0), { strategy: "least_load", options: { load: "peak_ewma" }, slowStartMs: 0 });
  assert.deepEqual(balanceOf(1), {
    strategy: "power_of_two",
    options: { load: "in_flight" },
    slowStartMs: 60_000,
  });
});
