import assert from "node:assert/strict";
import type { Config } from "../../src/config/config.ts";
import { diffConfigs } from "../../src/config/diff.ts";
import { loadSteps } from "../../src/config/load.ts";
import { atOnce } from "../../src/core/time/steps.ts";
import { loadText } from "./load_text.ts";

const diff = (before: string, after: string) => diffConfigs(loadText(before).config, loadText(after).config);

const BEFORE = `{
  "tenants": [{ "name": "web", "keys": ["sk-tg-000000000000000000"] }, { "name": "old", "keys": ["sk-tg-111111111111111111"] }],
  "pools": [
    { "name": "a", "provider": "openai", "keys": ["sk-CANARY-1", { "key": "sk-CANARY-2", "weight": 1 }, "sk-CANARY-3"] },
    { "name": "gone", "provider": "openai", "keys": "client" }
  ],
  "routes": [{ "model": "auto", "to": "a/x" }]
}`;

const AFTER = `{
  "listen": "0.0.0.0:80",
  "tenants": [{ "name": "web", "keys": ["sk-tg-222222222222222222"], "debug": true }],
  "pools": [
    { "name": "a", "provider": "openai", "keys": ["sk-CANARY-1", { "key": "sk-CANARY-2", "weight": 5 }, "sk-CANARY-4", "sk-CANARY-5"],
      "upstreams": ["https://api.openai.com/v1", "https://relay.example/v1"], "deadlines": { "idle": "20s" } },
    { "name": "fresh", "provider": "openai", "keys": ["k"] }
  ],
  "routes": [{ "model": "auto", "to": [["a/x"], ["fresh/x"]] }, { "model": "fast", "to": "a/y" }]
}`;

Deno.test("diff: a config is no different from itself", () => {
  assert.deepEqual(diff(BEFORE, BEFORE), []);
});

Deno.test("diff: what was added, removed and changed is told in a line each, keys by number only", () => {
  const lines = diff(BEFORE, AFTER);
  assert.deepEqual(lines, [
    "tenant web: keys +1 −1, debug false → true",
    "tenant old removed",
    "pool a: keys +2 −1, settings of 1 key changed, upstream relay.example added, settings.deadlines.idle unset → 20s",
    "pool fresh added",
    "pool gone removed",
    'route auto: tiers [[{"pool":"a","model":"x","weight":1}]] → [[{"pool":"a","model":"x","weight":1}],[{"pool":"fresh","mod…',
    "route fast added",
    "listen.host 127.0.0.1 → 0.0.0.0",
    "listen.port 4283 → 80",
  ]);
  assert.doesNotMatch(lines.join("\n"), /CANARY|sk-tg/);
});

Deno.test("diff: keys that are now sent, forwarded or no longer sent are told", () => {
  const pool = (keys: string) => `{ "pools": [{ "provider": "openai", "keys": ${keys} }] }`;
  assert.deepEqual(diff(pool('"client"'), pool("[]")), ["pool openai: keys client → none"]);
  assert.deepEqual(diff(pool('"client"'), pool('["k"]')), ["pool openai: keys +1, keys client → listed"]);
});

Deno.test("diff: a change of everything is cut to 30 lines and counted", () => {
  const pools = (name: string) =>
    JSON.stringify({
      pools: Array.from(
        { length: 100 },
        (_, at) => ({ name: `${name}${at}`, provider: "openai", keys: ["k"] }),
      ),
    });
  const lines = diff(pools("a"), pools("b"));
  assert.equal(lines.length, 31);
  assert.equal(lines.at(-1), "and 170 more changes");
});

Deno.test("diff: a tenant's limits and those of its keys are told, its keys never", () => {
  const tenant = (limits: string, ofKey: string) =>
    `{ "tenants": [{ "name": "web", "keys": [{ "key": "sk-CANARY-1", "limits": ${ofKey} }], "limits": ${limits} }] }`;
  const lines = diff(
    tenant('{ "requestsPerMinute": 5 }', '{ "concurrency": 1 }'),
    tenant('{ "requestsPerMinute": 9 }', '{ "concurrency": 2 }'),
  );
  assert.deepEqual(lines, [
    "tenant web: settings of 1 key changed, limits.limits.requestsPerMinute 5 → 9",
  ]);
});

Deno.test("diff: of a list that follows another, keys that came, went, moved or changed are told wherever they stand", () => {
  const config = (keys: unknown[], config?: Config) => {
    const text = JSON.stringify({ pools: [{ provider: "openai", keys }] });
    const source = { text, file: "c.jsonc", env: () => undefined, readSecretFile: () => "" };
    return atOnce(loadSteps(source, { config })).config;
  };
  const [one, two, three, four] = ["sk-one-00", "sk-two-00", "sk-three-0", "sk-four-00"];
  const before = config([one, two, three]);
  const told = (keys: unknown[]) => diffConfigs(before, config(keys, before));
  assert.deepEqual(told([one, two, three]), []);
  assert.deepEqual(told([three, one, two]), []);
  for (const keys of [[four, one, two, three], [one, four, two, three], [one, two, three, four]]) {
    assert.deepEqual(told(keys), ["pool openai: keys +1"]);
  }
  assert.deepEqual(told([one, three]), ["pool openai: keys −1"]);
  assert.deepEqual(told([one, four, three]), ["pool openai: keys +1 −1"]);
  assert.deepEqual(told([one, { key: two, weight: 3 }, three]), ["pool openai: settings of 1 key changed"]);
});
