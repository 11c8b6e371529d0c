import assert from "node:assert/strict";
import { builtInConfigText } from "../../src/cli/built_in_config.ts";
import { loadConfig } from "../../src/config/load.ts";

Deno.test("the built-in config is valid, without a warning, and needs neither environment nor files", () => {
  const refuse = (what: string) => () => {
    throw new Error(`asked for ${what}`);
  };
  const loaded = loadConfig({
    text: builtInConfigText(),
    file: "built-in",
    env: refuse("the environment"),
    readSecretFile: refuse("a file"),
  });
  assert.equal(loaded.warningsText(), "");
  const [pool] = loaded.config.pools;
  assert.equal(loaded.config.pools.length, 1);
  assert.deepEqual(pool?.upstreams.map((upstream) => upstream.name), ["one", "two"]);
  assert.ok(pool?.models.length);
  for (const model of pool?.models ?? []) assert.match(String(model), /^simulated-/);
});
