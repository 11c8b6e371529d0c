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

Deno.test("settings: an affinity written short lasts 300 s, from its last use where it is of one conversation", () => {
  const affinityOf = (defaults: string) =>
    effectiveSettings(loadText(`{ "defaults": { ${defaults} } }`).config).affinity;
  const times = { ttlMs: 300_000, sliding: true };
  assert.deepEqual(affinityOf(""), { by: "prefix", ...times });
  assert.deepEqual(affinityOf('"affinity": { "by": "prefix" }'), { by: "prefix", ...times });
  assert.deepEqual(affinityOf('"affinity": { "by": "session" }'), { by: "session", ...times });
  assert.deepEqual(affinityOf('"affinity": { "by": "ip" }'), { by: "ip", ...times, sliding: false });
  assert.deepEqual(affinityOf('"affinity": { "by": "tenant" }'), { by: "tenant", ...times, sliding: false });
  assert.deepEqual(affinityOf('"affinity": { "by": "header", "name": "X-User-Id" }'), {
    by: "header",
    ...times,
    header: "x-user-id",
  });
  assert.equal(affinityOf('"affinity": "off"'), undefined);
});
