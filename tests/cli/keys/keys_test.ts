import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../src/cli/run.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, errorAnswer } from "../../support/fake_upstream_script.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { talkingIo } from "../talking_io.ts";

const GOOD = "sk-a-good-key-for-the-cli-1";
const BAD = "sk-a-bad-key-for-the-cli-01";

const MODELS = answer('{"object":"list","data":[]}', { headers: { "content-type": "application/json" } });

/** Runs the command against a gateway, as a program or as a person would see it. */
async function ask(gateway: TestGateway, args: readonly string[], isTerminal = false) {
  const talking = talkingIo({ TIDEGATE_URL: gateway.url, TIDEGATE_DATA_DIR: gateway.dataDir });
  const code = await run(args, { ...talking, isTerminal });
  return { code, out: talking.out(), talk: talking.talk() };
}

async function withKeys(work: (gateway: TestGateway, file: string) => Promise<void>): Promise<void> {
  await using upstream = await fakeUpstream(({ headers }) =>
    headers["authorization"] === `Bearer ${BAD}`
      ? errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" })
      : MODELS
  );
  await using gateway = await startGateway({
    config: {
      pools: [{ name: "p", provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }],
    },
  });
  const file = join(gateway.dataDir, "import.txt");
  await Deno.writeTextFile(file, `${GOOD}\n${BAD}\nno key\n${GOOD}\n`);
  await work(gateway, file);
}

Deno.test("keys are imported from a file, listed, exported, switched off and deleted", async () => {
  await withKeys(async (gateway, file) => {
    const dry = await ask(gateway, ["keys", "import", "p", file, "--dry-run"]);
    assert.equal(JSON.parse(dry.out).added, 2);
    const imported = await ask(gateway, ["keys", "import", "p", file], true);
    assert.equal(imported.code, 3, "a line was rejected");
    assert.equal(imported.out, "Added 2 keys; 1 are there already, 1 rejected\n");
    assert.equal(imported.talk, "line 3: the key holds white space at character 3; a key has none\n");

    const listed = await ask(gateway, ["keys", "list", "p"]);
    const [first] = listed.out.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual([listed.code, first.masked, first.state], [0, "sk-…li-1", "usable"]);
    assert.match(
      (await ask(gateway, ["keys", "list", "p"], true)).out,
      /sk-…li-1.*\n.*\n\n2 keys: 2 usable\n$/,
    );
    const csv = await ask(gateway, ["keys", "export", "p", "--format", "csv"]);
    assert.match(csv.out, /^key,masked,state,reason,.*\n[a-z2-7]{6},sk-…li-1,usable,,/);

    assert.equal((await ask(gateway, ["keys", "disable", "p", first.key], true)).out, "Disabled 1 keys\n");
    assert.equal(
      (await ask(gateway, ["keys", "list", "p", "--state", "disabled"])).out.trim().split("\n").length,
      1,
    );
    assert.equal((await ask(gateway, ["keys", "enable", "p", "--all"], true)).out, "Enabled 2 keys\n");
    assert.equal((await ask(gateway, ["keys", "delete", "p", "--all"])).code, 2, "wants --yes");
    assert.equal(
      (await ask(gateway, ["keys", "delete", "p", "--all", "--yes"], true)).out,
      "Deleted 2 keys\n",
    );
  });
});

Deno.test("keys are tested: exit 3 when one does not pass, and told which", async () => {
  await withKeys(async (gateway, file) => {
    await ask(gateway, ["keys", "import", "p", file]);
    const tested = await ask(gateway, ["keys", "test", "p", "--rate", "1000"], true);
    assert.equal(tested.code, 3);
    assert.match(
      tested.out,
      /^done: 1 of 2 pass, 1 key_invalid\n {2}[a-z2-7]{6} {2}key_invalid \(http_401\)\n1 were/,
    );
    const selected = await ask(gateway, ["keys", "test", "p", "--state", "usable", "--json"], true);
    assert.equal(JSON.parse(selected.out).result.byClass.ok, 1);
    assert.equal(selected.code, 0);
  });
});

Deno.test("the master key is changed by one command", async () => {
  await withKeys(async (gateway, file) => {
    await ask(gateway, ["keys", "import", "p", file]);
    const before = await Deno.readTextFile(join(gateway.dataDir, "master.key"));
    const rotated = await ask(gateway, ["secrets", "rotate"]);
    assert.deepEqual([rotated.code, JSON.parse(rotated.out)], [0, { resealed: 2, done: true }]);
    assert.notEqual(await Deno.readTextFile(join(gateway.dataDir, "master.key")), before);
  });
});

Deno.test("arguments that mean nothing, a pool that is not there and a gateway that is away have their exit codes", async () => {
  await withKeys(async (gateway) => {
    const code = async (...args: string[]) => (await ask(gateway, args)).code;
    assert.equal(await code("keys"), 2);
    assert.equal(await code("keys", "sell", "p"), 2);
    assert.equal(await code("keys", "import", "p"), 2);
    assert.equal(await code("keys", "import", "p", "/no/such/file"), 2);
    assert.equal(await code("keys", "test", "p", "--rate", "fast"), 2);
    assert.equal(await code("keys", "list", "q"), 1);
    assert.equal(await code("keys", "list", "p", "--url", "http://127.0.0.1:1"), 69);
    assert.equal(await code("secrets"), 2);
    assert.equal(await code("keys", "--help"), 0);
  });
});
