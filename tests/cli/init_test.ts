import assert from "node:assert/strict";
import * as nodePath from "node:path";
import { init } from "../../src/cli/init.ts";
import { VENDORS } from "../../src/cli/init/vendors.ts";
import { loadConfigFile } from "../../src/config/files.ts";
import { inDirectory, talkingIo } from "./talking_io.ts";

/** Runs `init --config DIR/config.jsonc` with these variables. */
async function initialised(env: Record<string, string>, args: readonly string[], dotEnv?: string) {
  return await inDirectory(async (directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    if (dotEnv !== undefined) Deno.writeTextFileSync(nodePath.join(directory, ".env"), dotEnv);
    const io = talkingIo(env);
    const code = await init(["--config", file, ...args], io);
    const written = code === 0;
    const loaded = written ? loadConfigFile(file, io.env) : undefined;
    const mode = written ? (Deno.statSync(file).mode ?? 0) & 0o777 : undefined;
    return { code, loaded, mode, out: io.out(), talk: io.talk() };
  });
}

Deno.test("init: writes a config that is sound, private and without warnings", async () => {
  const { code, loaded, mode, talk } = await initialised({}, []);
  assert.deepEqual([code, mode], [0, 0o600]);
  assert.deepEqual(loaded?.warnings, []);
  assert.deepEqual(loaded?.missing.map((secret) => secret.reference), ["env:OPENAI_API_KEY"]);
  assert.match(talk, /Wrote .*config\.jsonc with the pool openai\.\nNext: tidegate serve --config/);
});

Deno.test("init --from-env: every vendor it knows becomes a sound pool that refers to its variable", async () => {
  const env = Object.fromEntries(
    VENDORS.map(({ variables }) => [variables[0] ?? "", `sk-CANARY-${variables[0]}`]),
  );
  const { code, loaded, talk, out } = await initialised(env, ["--from-env"]);
  assert.equal(code, 0);
  assert.deepEqual(loaded?.config.pools.map((pool) => pool.name), VENDORS.map((vendor) => vendor.pool));
  assert.deepEqual([loaded?.missing, loaded?.warnings], [[], []]);
  assert.doesNotMatch(`${loaded?.text}${talk}${out}`, /CANARY/);
  for (const { variables } of VENDORS) assert.match(talk, new RegExp(`Found ${variables[0]}: `));
});

Deno.test("init --from-env: a single vendor's pool takes any model name", async () => {
  const { loaded } = await initialised({ DEEPSEEK_API_KEY: "sk-1" }, ["--from-env"]);
  assert.deepEqual(loaded?.config.pools.map(({ name, models }) => [name, models]), [["deepseek", ["*"]]]);
});

Deno.test("init --from-env: keys in .env beside the config count, empty ones do not", async () => {
  const { loaded } = await initialised({ GROQ_API_KEY: "" }, ["--from-env"], "XAI_API_KEY=xai-1\n");
  assert.deepEqual(loaded?.config.pools.map((pool) => pool.name), ["xai"]);
});

Deno.test("init --from-env: a key that needs more than itself is named and left out", async () => {
  const { loaded, talk } = await initialised({ AZURE_OPENAI_API_KEY: "a", OPENAI_API_KEY: "o" }, [
    "--from-env",
  ]);
  assert.deepEqual(loaded?.config.pools.map((pool) => pool.name), ["openai"]);
  assert.match(talk, /Found AZURE_OPENAI_API_KEY: left out, since a pool of "azure_openai" also needs/);
});

Deno.test("init --from-env: a key beside OPENAI_BASE_URL goes to that server and to no other", async () => {
  const relay = { OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: "https://relay.example/v1/" };
  const pool = (await initialised(relay, ["--from-env"])).loaded?.config.pools[0];
  assert.deepEqual([pool?.provider, pool?.upstreams[0]?.url], [
    "openai_compatible",
    "https://relay.example/v1",
  ]);
  const unusable = { ...relay, OPENAI_BASE_URL: "https://user:CANARY@relay.example" };
  const { code, talk } = await initialised(unusable, ["--from-env"]);
  assert.equal(code, 1);
  assert.match(talk, /OPENAI_BASE_URL holds a user or password.*OPENAI_API_KEY was left out/);
  assert.doesNotMatch(talk, /CANARY/);
  const usual = { ...relay, OPENAI_BASE_URL: "https://api.openai.com/v1" };
  assert.equal((await initialised(usual, ["--from-env"])).loaded?.config.pools[0]?.provider, "openai");
});

Deno.test("init --from-env: without any key nothing is written", async () => {
  const { code, talk } = await initialised({}, ["--from-env"]);
  assert.equal(code, 1);
  assert.match(talk, /Found no key, so nothing was written\. Set one of OPENAI_API_KEY, /);
});

Deno.test("init: an existing config is kept unless --force is given", async () => {
  await inDirectory(async (directory) => {
    const file = nodePath.join(directory, "config.jsonc");
    Deno.writeTextFileSync(file, "{}");
    const io = talkingIo({});
    assert.equal(await init(["--config", file], io), 1);
    assert.equal(Deno.readTextFileSync(file), "{}");
    assert.match(io.talk(), /exists and was left as it is\. Overwrite it with --force\./);
    assert.equal(await init(["--config", file, "--force"], io), 0);
    assert.match(Deno.readTextFileSync(file), /"provider": "openai"/);
  });
});

Deno.test("init: a directory that does not exist is said", async () => {
  await inDirectory(async (directory) => {
    const io = talkingIo({});
    assert.equal(await init(["--config", nodePath.join(directory, "none", "config.jsonc")], io), 1);
    assert.match(io.talk(), /its directory does not exist\. Make it first\./);
  });
});

Deno.test("init --json: tells on stdout what was written", async () => {
  const { out } = await initialised({ XAI_API_KEY: "xai-1" }, ["--from-env", "--json"]);
  assert.deepEqual(JSON.parse(out).pools.map((pool: { variable: string }) => pool.variable), ["XAI_API_KEY"]);
});

Deno.test("init: wrong usage exits 2", async () => {
  const io = talkingIo({});
  assert.equal(await init(["--form-env"], io), 2);
  assert.match(io.talk(), /Usage:/);
});
