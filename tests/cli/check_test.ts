import assert from "node:assert/strict";
import * as nodePath from "node:path";
import { check } from "../../src/cli/check.ts";
import { inDirectory, talkingIo } from "./talking_io.ts";

/** Runs `check` on a config with this text. */
async function checked(text: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return await inDirectory(async (directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    Deno.writeTextFileSync(file, text);
    const io = talkingIo(env);
    const code = await check(["--config", file, ...args], io);
    return { code, out: io.out(), talk: io.talk().replaceAll(directory, "DIR") };
  });
}

Deno.test("check: a sound config exits 0 and says what it holds", async () => {
  const { code, out, talk } = await checked('{ "pools": [{ "provider": "openai", "keys": ["k"] }] }');
  assert.deepEqual([code, out], [0, ""]);
  assert.equal(talk, "DIR/config.jsonc: valid, 1 pool, 0 routes, 0 tenants, 0 warnings, 0 missing secrets\n");
});

Deno.test("check: an unusable config exits 78 with every error and its excerpt", async () => {
  const { code, talk } = await checked('{\n  "pools": [{ "provder": "openai" }],\n  "listen": "x"\n}');
  assert.equal(code, 78);
  assert.match(
    talk,
    /DIR\/config\.jsonc:2:15 {2}pools\[0\]\.provder: unknown member; did you mean "provider"\?\n/,
  );
  assert.match(talk, /DIR\/config\.jsonc:3:13 {2}listen: .*\n {4}3 \| {3}"listen": "x"\n {6}\| {13}\^\^\^\n/);
  assert.match(talk, /DIR\/config\.jsonc: 3 errors\n$/);
});

Deno.test("check: warnings and missing secrets are told and exit 0", async () => {
  const { code, talk } = await checked(
    '{ "tenants": [{ "name": "a", "keys": ["short"] }], "pools": [{ "provider": "openai", "keys": ["env:TIDEGATE_NOT_SET"] }] }',
  );
  assert.equal(code, 0);
  assert.match(talk, /Warnings:\n\n.*tenants\[0\]\.keys\[0\]: this tenant key has fewer than 20 characters/);
  assert.match(
    talk,
    /pools\[0\]\.keys\[0\]: missing secret: environment variable TIDEGATE_NOT_SET is not set/,
  );
});

Deno.test("check --effective: prints each setting with its source, and no secret", async () => {
  const text = '{ "pools": [{ "provider": "openai", "keys": ["sk-CANARY"],\n "retry": { "attempts": 2 } }] }';
  const { code, out } = await checked(text, ["--effective"]);
  assert.equal(code, 0);
  assert.match(out, /^gateway\n {2}listen +127\.0\.0\.1:4283 +default\n/);
  assert.match(out, /\npool openai\n/);
  assert.match(out, /\n {2}retry\.attempts +2 +pools\[0\]\.retry\.attempts \(line 2\)\n/);
  assert.doesNotMatch(out, /CANARY/);
});

Deno.test("check --json: one object on stdout, whether the config is sound or not", async () => {
  const sound = await checked('{ "pools": [{ "provider": "openai", "keys": ["k"] }] }', [
    "--json",
    "--effective",
  ]);
  const read = JSON.parse(sound.out);
  assert.deepEqual([sound.code, read.ok, read.problems, sound.talk], [0, true, [], ""]);
  assert.ok(read.effective.length > 20);
  const broken = await checked('{ "poolz": [] }', ["--json"]);
  const { ok, problems } = JSON.parse(broken.out);
  assert.deepEqual([broken.code, ok, problems.length], [78, false, 1]);
  assert.deepEqual([problems[0].path, problems[0].line, problems[0].column], ["poolz", 1, 3]);
});

Deno.test("check: a config that is not there exits 78 with what to do", async () => {
  await inDirectory(async (directory) => {
    const io = talkingIo({ TIDEGATE_CONFIG: nodePath.join(directory, "none.jsonc") });
    assert.equal(await check([], io), 78);
    assert.match(io.talk(), /none\.jsonc does not exist\. Write one with 'tidegate init'/);
    const asked = talkingIo({});
    assert.equal(await check(["--json", "--config", nodePath.join(directory, "none.jsonc")], asked), 78);
    assert.equal(JSON.parse(asked.out()).ok, false);
  });
});

Deno.test("check: wrong usage exits 2 and shows the right one", async () => {
  const io = talkingIo({});
  assert.equal(await check(["--efective"], io), 2);
  assert.match(io.talk(), /Usage:\n {2}tidegate check/);
  const help = talkingIo({});
  assert.equal(await check(["--help"], help), 0);
  assert.match(help.out(), /Usage:/);
});
