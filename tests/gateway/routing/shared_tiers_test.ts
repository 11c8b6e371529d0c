import assert from "node:assert/strict";
import type { Config } from "../../../src/config/config.ts";
import { loadSteps } from "../../../src/config/load.ts";
import { Secret } from "../../../src/core/secret.ts";
import { atOnce } from "../../../src/core/time/steps.ts";
import { buildGeneration, type Generation } from "../../../src/gateway/generation.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { LoadTable } from "../../../src/gateway/routing/endpoints/load_table.ts";

const sources = {
  identity: new EndpointIdentity(new Uint8Array(32)),
  loads: new LoadTable(),
  newAtMs: undefined,
  callableUrl: (url: string) => url,
  ownTenantKey: new Secret("own-key-0123"),
};

const POOLS = [
  { name: "a", provider: "openai", keys: ["key-a1-0123", "key-a2-0123"], models: ["m", "both"] },
  { name: "b", provider: "openai", keys: ["key-b1-0123"], models: ["n", "both"] },
];

function loaded(members: object, before?: Config): Config {
  const text = JSON.stringify({ pools: POOLS, ...members });
  const source = { text, file: "c.jsonc", env: () => undefined, readSecretFile: () => "" };
  return atOnce(loadSteps(source, { config: before })).config;
}

function tierOf({ routes }: Generation, model: string) {
  return routes.resolve(model)?.tiers[0] ?? assert.fail(`no tier for ${model}`);
}

const config = loaded({});
const before = buildGeneration(config, sources, { number: 1, builtMs: 0, before: undefined });

/** Which models keep their tier when the config changes so. */
function kept(members: object): string[] {
  const then = ["m", "n", "both"].map((model) => [model, tierOf(before, model)] as const);
  const after = buildGeneration(loaded(members, config), sources, { number: 2, builtMs: 0, before });
  return then.filter(([model, tier]) => tierOf(after, model) === tier).map(([model]) => model);
}

Deno.test("tiers of pools that stay as they are keep their rotation from one generation to the next", () => {
  const [a, b] = POOLS;
  assert.deepEqual(kept({}), ["m", "n", "both"]);
  assert.deepEqual(kept({ tenants: [{ name: "t", keys: ["tenant-key-0123"] }] }), ["m", "n", "both"]);
  assert.deepEqual(kept({ pools: [a, { ...b, keys: ["key-b2-0123"] }] }), ["m"]);
  assert.deepEqual(kept({ pools: [a, { ...b, balance: { strategy: "random" } }] }), ["m"]);
  assert.deepEqual(kept({ pools: [a, { ...b, weight: 2 }] }), ["m"]);
  assert.deepEqual(kept({ defaults: { balance: { strategy: "random" } } }), []);
});
