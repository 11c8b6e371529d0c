import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import { Secret } from "../../../src/core/secret.ts";
import { buildGeneration, type Generation } from "../../../src/gateway/generation.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";
import { probedPools } from "../../../src/gateway/routing/probed_pools.ts";

function generationOf(text: string): Generation {
  const { config } = loadConfig({
    text,
    file: "/etc/tidegate/config.jsonc",
    env: () => undefined,
    readSecretFile: () => "",
  });
  return buildGeneration(config, {
    identity: new EndpointIdentity(new Uint8Array(32)),
    ownTenantKey: new Secret("sk-tg-1"),
    callableUrl: (url) => url,
    loads: new LoadTable(),
    newAtMs: undefined,
  }, { number: 1, builtMs: 0, before: undefined });
}

Deno.test("only pools that are switched on and want active probes are probed, with their own endpoints and rows", () => {
  const generation = generationOf(`{
    "defaults": { "probe": { "mode": "active", "every": "5s" }, "health": { "consecutive": 7 } },
    "pools": [
      { "name": "a", "provider": "openai", "keys": ["k1", "k2"], "errors": [{ "status": 418, "class": "broken" }] },
      { "name": "b", "provider": "openai", "keys": ["k3"], "probe": "passive" },
      { "name": "c", "provider": "openai", "keys": ["k4"], "enabled": false }
    ]
  }`);
  const [pool, ...others] = probedPools(generation);
  assert.deepEqual(others, []);
  assert.equal(pool?.name, "a");
  assert.equal(pool.policy.everyMs, 5_000);
  assert.deepEqual(pool.rules, [{ class: "broken", status: [418, 418] }]);
  assert.deepEqual(pool.candidates.map(({ endpoint, health }) => `${endpoint.pool} ${health?.consecutive}`), [
    "a 7",
    "a 7",
  ]);
});

Deno.test("a candidate is judged by its route's thresholds before its pool's, and tried unless probes are off", () => {
  const { routes } = generationOf(`{
    "pools": [
      { "name": "a", "provider": "openai", "keys": ["k1"], "models": ["m"], "health": { "consecutive": 3 }, "probe": "off" }
    ],
    "routes": [{ "model": "r", "to": "a/m", "health": { "keyInvalidAfter": 9 }, "probe": "passive" }]
  }`);
  const healthOf = (name: string) => routes.resolve(name)?.tiers[0]?.candidates[0]?.health;
  assert.deepEqual([healthOf("m")?.consecutive, healthOf("m")?.keyInvalidAfter, healthOf("m")?.trials], [
    3,
    2,
    false,
  ]);
  assert.deepEqual([healthOf("r")?.consecutive, healthOf("r")?.keyInvalidAfter, healthOf("r")?.trials], [
    3,
    9,
    true,
  ]);
});
