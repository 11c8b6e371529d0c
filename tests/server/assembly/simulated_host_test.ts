import assert from "node:assert/strict";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { systemRuntime } from "../../../src/core/time/system_runtime.ts";
import { SimulatedHost } from "../../../src/server/assembly/simulated_host.ts";

function configOf(pools: readonly object[]): Config {
  const text = JSON.stringify({ pools });
  return loadConfig({ text, file: "c", env: () => undefined, readSecretFile: () => "" }).config;
}

const simulated = { provider: "simulated", upstreams: ["simulated://a"], models: ["m"] };

Deno.test("vendors are started by the first config that names one, and have one address from then on", async () => {
  await using host = new SimulatedHost(systemRuntime());
  await host.prepare(configOf([{ ...simulated, enabled: false }]));
  assert.equal(host.callableUrl("simulated://a"), "simulated://a");
  await host.prepare(configOf([simulated]));
  const url = host.callableUrl("simulated://a");
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/a\/v1$/);
  await host.prepare(configOf([simulated]));
  assert.equal(host.callableUrl("simulated://a"), url);
  const { data } = await fetch(`${url}/models`).then((answer) => answer.json());
  assert.ok(Array.isArray(data) && data.length > 0);
});

Deno.test("a real URL is its own, and a host that started nothing closes at once", async () => {
  await using host = new SimulatedHost(systemRuntime());
  assert.equal(host.callableUrl("https://api.example.test/v1"), "https://api.example.test/v1");
});
