import assert from "node:assert/strict";
import { startFailure } from "../../../src/cli/serve/start_failure.ts";
import { ConfigFileError } from "../../../src/config/files.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { DataDirError } from "../../../src/server/data_dir.ts";
import { ListenError } from "../../../src/server/listener/listen.ts";

function told(error: unknown): { code: number; talk: string } {
  let talk = "";
  const code = startFailure(error, {
    stdout: () => assert.fail("stdout is for data"),
    stderr: (text) => void (talk += text),
    isTerminal: true,
    env: () => undefined,
  });
  return { code, talk };
}

function configError(text: string): unknown {
  try {
    loadConfig({ text, file: "c.jsonc", env: () => undefined, readSecretFile: () => "" });
  } catch (error) {
    return error;
  }
  return assert.fail("the config is wrong");
}

Deno.test("a place that cannot be used is exit code 1, a config that cannot is 78, each in one line", () => {
  const cases: readonly (readonly [Error, number])[] = [
    [new DataDirError("the directory"), 1],
    [new ListenError("the port"), 1],
    [new ConfigFileError("c.jsonc does not exist"), 78],
    [new RangeError("two tenants share a key"), 78],
  ];
  for (const [error, code] of cases) {
    const failure = told(error);
    assert.equal(failure.code, code, error.name);
    assert.match(failure.talk, /^tidegate: [^\n]+\n$/);
    assert.ok(failure.talk.includes(error.message));
  }
});

Deno.test("a broken config tells every problem with its place", () => {
  const { code, talk } = told(configError('{\n  "pols": [],\n  "listen": 5\n}'));
  assert.equal(code, 78);
  assert.match(talk, /^c\.jsonc:2:3 {2}/m);
  assert.match(talk, /^c\.jsonc:3:13 {2}/m);
});

Deno.test("a fault of ours is not dressed up as the operator's", () => {
  const fault = new TypeError("x is not a function");
  assert.throws(() => told(fault), (thrown) => thrown === fault);
});
