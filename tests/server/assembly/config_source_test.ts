import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigFileError } from "../../../src/config/files.ts";
import { atOnce } from "../../../src/core/time/steps.ts";
import { configSource } from "../../../src/server/assembly/config_source.ts";

const text = '{ "pools": [{ "provider": "openai", "keys": ["env:KEY"] }] }';

Deno.test("a text is read with the environment, and watches nothing", () => {
  const load = configSource(
    { text, name: "built-in" },
    (name) => name === "KEY" ? "a-key-of-the-test-pool" : undefined,
  );
  const loaded = atOnce(load());
  assert.deepEqual(loaded.missing, []);
  assert.equal(loaded.files.size, 0);
  assert.equal(loaded.text, text);
});

Deno.test("a file is read anew each time, and one that is missing is told each time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "c.jsonc");
    const steps = configSource({ file }, () => undefined);
    const load = () => atOnce(steps());
    assert.throws(load, ConfigFileError);
    await Deno.writeTextFile(file, text);
    const first = load();
    assert.deepEqual([first.text, first.files.has(file)], [text, true]);
    await Deno.writeTextFile(file, '{ "pools": [] }');
    assert.equal(load().config.pools.length, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
