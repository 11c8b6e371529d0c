import assert from "node:assert/strict";
import * as nodePath from "node:path";
import { ConfigFileError, environmentBeside, loadConfigFile, NO_FILE } from "../../src/config/files.ts";
import { ConfigError } from "../../src/config/problem.ts";

const noEnv = () => undefined;

/** Runs `body` in a fresh directory that is removed after it. */
async function inDirectory(body: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "tidegate-config-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("files: a config, its .env and its key files are read together, paths relative to the config", async () => {
  await inDirectory((directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    Deno.mkdirSync(nodePath.join(directory, "keys"));
    Deno.writeTextFileSync(
      file,
      '{ "pools": [{ "provider": "openai", "keys": ["env:A", "env:B", "file:keys/k", "file:none"] }] }',
    );
    Deno.writeTextFileSync(
      nodePath.join(directory, ".env"),
      '# ours\nA="from dotenv"\nA=sk-dotenv-a\nexport B=sk-dotenv-b\n',
    );
    Deno.writeTextFileSync(nodePath.join(directory, "keys", "k"), "sk-file\n");
    const loaded = loadConfigFile(file, (name) => name === "B" ? "sk-process-b" : undefined);
    const keys = loaded.config.pools[0]?.keys;
    assert.ok(Array.isArray(keys));
    assert.deepEqual(keys.map((key) => key.secret.reveal()), ["sk-dotenv-a", "sk-process-b", "sk-file"]);
    assert.deepEqual([...loaded.files.keys()].map((path) => nodePath.relative(directory, path)), [
      "config.jsonc",
      ".env",
      "keys/k",
      "none",
    ]);
    assert.equal(loaded.files.get(nodePath.join(directory, "none")), NO_FILE);
    assert.notEqual(loaded.files.get(file), NO_FILE);
  });
});

Deno.test("files: a config that is missing, a directory or endless is told in one line", async () => {
  await inDirectory((directory) => {
    const load = (name: string) => () => loadConfigFile(nodePath.join(directory, name), noEnv);
    assert.throws(
      load("none.jsonc"),
      (error) => error instanceof ConfigFileError && / does not exist$/.test(error.message),
    );
    assert.throws(load("."), /is a directory$/);
    const large = nodePath.join(directory, "large.jsonc");
    Deno.writeTextFileSync(large, "");
    Deno.truncateSync(large, 32 * 1024 * 1024 + 1);
    assert.throws(load("large.jsonc"), /is larger than 32 MB$/);
  });
});

Deno.test("files: an unusable config still tells which files it was read from, so that they can be watched", async () => {
  await inDirectory((directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    Deno.writeTextFileSync(file, '{ "pools": [{ "provider": "openai", "keys": ["file:k"] }] }');
    Deno.writeTextFileSync(nodePath.join(directory, "k"), "sk with spaces\n");
    assert.throws(() => loadConfigFile(file, noEnv), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.files.has(nodePath.join(directory, "k")), true);
      return true;
    });
  });
});

Deno.test("files: a missing config and a .env that cannot be read tell what was asked for, so that it can be watched", async () => {
  await inDirectory((directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    const filesOf = () => {
      try {
        loadConfigFile(file, noEnv);
      } catch (error) {
        if (error instanceof ConfigFileError) return [...error.files.keys()];
      }
      return assert.fail("it cannot be read");
    };
    assert.deepEqual(filesOf(), [file]);
    Deno.writeTextFileSync(file, "{}");
    const beside = nodePath.join(directory, ".env");
    Deno.writeTextFileSync(beside, "x");
    Deno.truncateSync(beside, 33 * 1024 * 1024);
    assert.deepEqual(filesOf(), [file, beside]);
  });
});

Deno.test("files: the process environment goes before .env, also when it is empty", async () => {
  await inDirectory((directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    Deno.writeTextFileSync(nodePath.join(directory, ".env"), "A=1\nB=2\n");
    const env = environmentBeside(file, (name) => name === "A" ? "" : undefined);
    assert.deepEqual([env("A"), env("B"), env("C"), env("constructor")], ["", "2", undefined, undefined]);
  });
});

Deno.test("files: without a .env, or with a directory of that name, the environment stands alone", async () => {
  await inDirectory((directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    assert.equal(environmentBeside(file, noEnv)("A"), undefined);
    Deno.mkdirSync(nodePath.join(directory, ".env"));
    assert.equal(environmentBeside(file, () => "x")("A"), "x");
  });
});
