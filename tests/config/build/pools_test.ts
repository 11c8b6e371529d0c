import assert from "node:assert/strict";
import { diffConfigs } from "../../../src/config/diff.ts";
import { effectiveValues } from "../../../src/config/effective.ts";
import { loadText, problemsOf, warningsOf } from "../load_text.ts";

const pools = (text: string) => loadText(`{ "pools": [${text}] }`).config.pools;

const MIXED = `{
  "name": "gpt",
  "provider": "openai",
  "keys": ["sk-0123456789"],
  "upstreams": [
    { "url": "https://r.openai.azure.com", "provider": "azure_openai", "apiVersion": "2024-10-21", "rename": { "gpt-4o": "dep" } },
    "https://api.openai.com/v1"
  ],
  "rename": { "fast": "gpt-4o-mini" },
  "renameOnly": true
}`;

Deno.test("an upstream has its own provider, version and names, or its pool's", () => {
  const [pool] = pools(MIXED);
  assert.deepEqual(
    pool?.upstreams.map(({ provider, apiVersion, rename }) => [provider, apiVersion, rename]),
    [["azure_openai", "2024-10-21", { "gpt-4o": "dep" }], ["openai", undefined, {}]],
  );
  assert.deepEqual([pool?.rename, pool?.renameOnly], [{ fast: "gpt-4o-mini" }, true]);
});

Deno.test("a URL is checked by the upstream's own vendor", () => {
  assert.equal(
    pools(
      `{ "provider": "openai", "keys": ["k"], "upstreams": [{ "url": "simulated://a", "provider": "simulated" }] }`,
    ).length,
    1,
  );
  const [problem] = problemsOf(
    `{ "pools": [{ "provider": "simulated", "upstreams": [{ "url": "simulated://a", "provider": "openai" }] }] }`,
  );
  assert.match(problem ?? "", /is simulated/);
});

Deno.test("the same URL may stand twice for two vendors, not for one", () => {
  const twice = (provider: string) =>
    `{ "provider": "openai", "keys": ["k"], "upstreams": ["https://a.example/v1", { "url": "https://a.example/v1"${provider} }] }`;
  assert.equal(pools(twice(', "provider": "openai_compatible"'))[0]?.upstreams.length, 2);
  assert.match(problemsOf(`{ "pools": [${twice("")}] }`)[0] ?? "", /has this URL already/);
});

Deno.test("unknown vendors, odd versions and patterns in rename are refused in place", () => {
  const problems = problemsOf(`{ "pools": [{
    "provider": "openai", "keys": ["k"],
    "upstreams": [
      { "url": "https://a.example", "provider": "azure_opena" },
      { "url": "https://b.example", "provider": "azure_openai", "apiVersion": "latest-ish" },
      { "url": "https://c.example", "rename": { "gpt-*": "x" } },
      { "url": "https://d.example", "rename": { "x": "gpt-*" } }
    ]
  }] }`).join("\n");
  assert.match(problems, /upstreams\[0\]\.provider: must be one of .*did you mean/);
  assert.match(problems, /upstreams\[1\]\.apiVersion: must be a version such as "2024-10-21"/);
  assert.match(problems, /upstreams\[2\]\.rename/);
  assert.match(problems, /upstreams\[3\]\.rename\.x: must be one model name without '\*'/);
});

Deno.test("an apiVersion is refused where the vendor has none", () => {
  const [problem] = problemsOf(
    `{ "pools": [{ "provider": "openai", "keys": ["k"], "upstreams": [{ "url": "https://a.example", "apiVersion": "2024-10-21" }] }] }`,
  );
  assert.match(
    problem ?? "",
    /apiVersion: has no meaning for this vendor; only a provider such as "azure_openai"/,
  );
});

Deno.test("models are a list or discovered; a vendor that does not tell them is refused", () => {
  const discovering = (provider: string, url = "") =>
    `{ "provider": "${provider}", "keys": ["k"], ${url} "models": { "discover": true, "exclude": ["*-preview"] } }`;
  const [pool] = pools(discovering("openai"));
  assert.deepEqual([pool?.models, pool?.discover], [[], { include: ["*"], exclude: ["*-preview"] }]);
  assert.equal(pools(`{ "provider": "openai", "keys": ["k"] }`)[0]?.discover, undefined);
  const azure = discovering("azure_openai", '"upstreams": ["https://r.openai.azure.com"],');
  assert.match(problemsOf(`{ "pools": [${azure}] }`)[0] ?? "", /models: cannot be discovered/);
  assert.match(
    problemsOf(`{ "pools": [{ "provider": "openai", "models": { "discover": false } }] }`).join("\n"),
    /must be true|must be a list of model names/,
  );
});

Deno.test("renameOnly without any name, and a vendor without a key, are warned of", () => {
  assert.match(
    warningsOf(`{ "pools": [{ "provider": "openai", "keys": ["k"], "renameOnly": true }] }`)[0] ?? "",
    /renameOnly: offers nothing/,
  );
  const keyless = (members: string) => warningsOf(`{ "pools": [{ ${members} }] }`).join("\n");
  assert.match(keyless('"provider": "anthropic"'), /sends no credential/);
  assert.match(
    keyless('"provider": "azure_openai", "upstreams": ["https://r.example"]'),
    /sends no credential/,
  );
  assert.equal(keyless('"provider": "ollama"'), "");
});

Deno.test("effective: what an upstream has of its own is told with its place", () => {
  const rows = effectiveValues(loadText(`{ "pools": [\n${MIXED}\n] }`));
  const at = (scope: string, name: string) => rows.find((row) => row.scope === scope && row.name === name);
  assert.equal(at("pool gpt", "rename")?.value, "fast → gpt-4o-mini");
  assert.equal(at("pool gpt", "renameOnly")?.line, 11);
  const own = at("pool gpt, upstream r.openai.azure.com", "provider");
  assert.deepEqual([own?.value, own?.source, own?.line], [
    "azure_openai",
    "pools[0].upstreams[0].provider",
    7,
  ]);
  assert.equal(at("pool gpt, upstream r.openai.azure.com", "rename")?.value, "gpt-4o → dep");
  assert.equal(rows.some((row) => row.scope === "pool gpt, upstream api.openai.com"), false);
  const told = effectiveValues(
    loadText(`{ "pools": [{ "provider": "openai", "keys": ["k"], "models": { "discover": true } }] }`),
  );
  assert.equal(
    told.find((row) => row.scope === "pool openai" && row.name === "models")?.value,
    "discovered: *",
  );
});

Deno.test("diff: renamed models, versions and vendors are told", () => {
  const after = MIXED.replace('"dep"', '"dep-2"').replace("2024-10-21", "preview").replace(
    '"fast"',
    '"swift"',
  );
  const config = (text: string) => loadText(`{ "pools": [${text}] }`).config;
  assert.deepEqual(diffConfigs(config(MIXED), config(after)), [
    "pool gpt: upstream r.openai.azure.com: apiVersion 2024-10-21 → preview, rename.gpt-4o dep → dep-2, rename.fast gpt-4o-mini → unset, rename.swift unset → gpt-4o-mini",
  ]);
});
