import assert from "node:assert/strict";
import { join } from "node:path";
import { askChat } from "../../support/ask_chat.ts";
import { type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { askAdmin } from "../../support/keys/ask_admin.ts";
import { listKeys } from "../../support/keys/list_keys.ts";
import { readyz } from "../../support/readyz.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const FILE_KEY = "sk-of-the-config-file-1";
const KEYS = ["sk-added-key-number-0001", "sk-added-key-number-0002", "sk-added-key-number-0003"];

const configOf = (url: string, more: object = {}) => ({
  pools: [{
    name: "p",
    provider: "openai_compatible",
    upstreams: [{ name: "one", url }],
    keys: [FILE_KEY],
    models: ["m"],
    ...more,
  }],
});

/** A folder that outlives gateways, gone afterwards. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const importText = (gateway: TestGateway, text: string, query = "") =>
  askAdmin(gateway, "POST", `/admin/pools/p/keys${query}`, text);

async function usedBy(gateway: TestGateway, upstream: FakeUpstream, requests: number): Promise<Set<string>> {
  const before = upstream.deliveries.length;
  for (let asked = 0; asked < requests; asked++) {
    const answer = await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });
    assert.ok(answer.ok, answer.text);
  }
  const credentials = upstream.deliveries.slice(before).map(({ headers }) => headers["authorization"] ?? "");
  return new Set(credentials.map((text) => text.replace("Bearer ", "")));
}

Deno.test("keys are added, used, listed, changed and deleted while the gateway runs", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const added = await importText(
    gateway,
    `${KEYS[0]} # the first\n${FILE_KEY}\nbad key here\n${KEYS[1]}\n${KEYS[0]}\n`,
  );
  assert.deepEqual(added.json, {
    ...{ added: 2, duplicate: 2, rejected: 1, saved: true },
    duplicates: [
      { line: 2, key: at(added.json, "duplicates.0.key"), of: "config file" },
      { line: 5, key: at(added.json, "duplicates.1.key"), of: "line 1" },
    ],
    rejects: [{ line: 3, reason: "the key holds white space at character 4; a key has none" }],
  });
  assert.deepEqual(await usedBy(gateway, upstream, 30), new Set([FILE_KEY, KEYS[0], KEYS[1]]));

  const listed = await listKeys(gateway, "p");
  assert.deepEqual(
    listed.map(({ masked, source, state }) => [masked, source, state]),
    [["sk-…le-1", "file", "usable"], ["sk-…0001", "store", "usable"], ["sk-…0002", "store", "usable"]],
  );
  const first = listed[1]?.key ?? "";
  const off = await askAdmin(gateway, "PATCH", "/admin/pools/p/keys", {
    which: { keys: [first, "aaaaaa"] },
    set: { enabled: false, note: "on holiday" },
  });
  assert.deepEqual(off.json, { changed: 1, unknown: ["aaaaaa"], saved: true });
  assert.deepEqual(await usedBy(gateway, upstream, 20), new Set([FILE_KEY, KEYS[1]]));
  assert.deepEqual((await listKeys(gateway, "p", "&state=disabled")).map(({ note }) => note), ["on holiday"]);

  const gone = await askAdmin(gateway, "POST", "/admin/pools/p/keys/delete", { which: { state: "usable" } });
  assert.equal(at(gone.json, "changed"), 1, "keys of the file stay");
  assert.deepEqual(await usedBy(gateway, upstream, 5), new Set([FILE_KEY]));
});

Deno.test("JSONL and CSV say more of a key; a dry run changes nothing; an upstream can have keys of its own", async () => {
  await using one = await fakeUpstream(FAULTS.ok);
  await using two = await fakeUpstream(FAULTS.ok);
  const upstreams = [{ name: "one", url: one.url }, { name: "two", url: two.url }];
  await using gateway = await startGateway({ config: configOf(one.url, { upstreams }) });
  const lines = [
    JSON.stringify({ key: KEYS[0], name: "lone", weight: 0, models: ["m"], note: "n", quotaGroup: "org" }),
    JSON.stringify({ key: KEYS[1], upstream: "nowhere" }),
  ].join("\n");
  const dry = await importText(gateway, lines, "?dryRun=true");
  assert.deepEqual([at(dry.json, "added"), at(dry.json, "rejects.0.line")], [1, 2]);
  assert.equal((await listKeys(gateway, "p", "&source=store")).length, 0);
  assert.equal(at((await importText(gateway, lines)).json, "added"), 1);
  const csv = await importText(gateway, `key,weight\n${KEYS[2]},50\n`, "?upstream=two");
  assert.equal(at(csv.json, "added"), 1);
  const [lone, own] = await listKeys(gateway, "p", "&source=store");
  assert.deepEqual([lone?.name, lone?.weight, lone?.models, lone?.note, lone?.quotaGroup], [
    ...["lone", 0, ["m"], "n", "org"],
  ]);
  assert.deepEqual([own?.upstream, own?.weight], ["two", 50]);
  assert.deepEqual(await usedBy(gateway, one, 20), new Set([FILE_KEY]));
  const atTwo = new Set(two.deliveries.map(({ headers }) => headers["authorization"]));
  assert.ok(atTwo.has(`Bearer ${KEYS[2]}`));
});

Deno.test("what cannot be done is refused with a reason: no such pool, upstream or selection, callers' own keys", async () => {
  await using gateway = await startGateway({ config: configOf("http://127.0.0.1:1", { keys: "client" }) });
  const status = async (method: string, path: string, body: unknown) =>
    (await askAdmin(gateway, method, path, body)).status;
  assert.equal(await status("POST", "/admin/pools/q/keys", "sk-0000000001"), 404);
  assert.equal(await status("POST", "/admin/pools/p/keys", "sk-0000000001"), 400);
  assert.equal(await status("POST", "/admin/pools/p/keys?upstream=x", "sk-0000000001"), 400);
  assert.equal(await status("POST", "/admin/pools/p/keys?format=xml", "sk-0000000001"), 400);
  for (const which of [{}, { all: true, state: "usable" }, { keys: [] }, { keys: ["NO!"] }]) {
    assert.equal(await status("POST", "/admin/pools/p/keys/delete", { which }), 400, JSON.stringify(which));
  }
  assert.equal(await status("GET", "/admin/jobs/none", undefined), 404);
});

Deno.test("keys of the store are back after a restart, in their order, and known as duplicates", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await inFolder(async (dataDir) => {
    {
      await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
      await importText(gateway, KEYS.join("\n"));
    }
    await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
    const listed = await listKeys(gateway, "p", "&source=store");
    assert.deepEqual(listed.map(({ masked }) => masked), ["sk-…0001", "sk-…0002", "sk-…0003"]);
    assert.deepEqual(await usedBy(gateway, upstream, 30), new Set([FILE_KEY, ...KEYS]));
    const again = await importText(gateway, KEYS.join("\n"));
    assert.deepEqual([at(again.json, "added"), at(again.json, "duplicates.2.of")], [0, "store"]);
  });
});

Deno.test("a key that stands in the file too is one endpoint", async () => {
  await inFolder(async (dataDir) => {
    const url = "http://127.0.0.1:1";
    {
      await using gateway = await startGateway({ config: configOf(url), dataDir });
      await importText(gateway, KEYS.join("\n"));
    }
    const config = configOf(url, { keys: [FILE_KEY, KEYS[1]] });
    await using gateway = await startGateway({ config, dataDir });
    assert.equal((await readyz(gateway.url)).endpoints, 4);
  });
});

Deno.test("a wrong master key: the gateway starts, says which keys cannot be read, and nothing goes out without one", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await inFolder(async (dataDir) => {
    const config = configOf(upstream.url, { keys: [] });
    {
      await using gateway = await startGateway({ config, dataDir });
      await importText(gateway, KEYS.join("\n"));
    }
    await Deno.writeTextFile(join(dataDir, "data", "master.key"), `${"x".repeat(40)}\n`);
    await using gateway = await startGateway({ config, dataDir });
    const ready = await readyz(gateway.url);
    assert.deepEqual([at(ready, "storedKeys.count"), at(ready, "storedKeys.unreadable")], [3, 3]);
    assert.match(String(at(ready, "storedKeys.which.0")), /^p\/[a-z2-7]{6}$/);
    assert.match(gateway.logText(), /3 upstream keys of the store cannot be read/);
    assert.equal(ready.endpoints, 0);
    const answer = await askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });
    assert.deepEqual([answer.status, upstream.deliveries.length], [503, 0]);
    assert.deepEqual((await listKeys(gateway, "p")).map(({ masked, state }) => [masked, state]), [
      ...[[null, "unreadable"], [null, "unreadable"], [null, "unreadable"]],
    ]);
    const mended = await importText(gateway, KEYS.join("\n"));
    assert.equal(at(mended.json, "added"), 3, "imported again, they are readable again");
    assert.deepEqual(await usedBy(gateway, upstream, 20), new Set(KEYS));
  });
});

Deno.test("the master key may stand in the .env beside the config; then no file is made", async () => {
  await inFolder(async (dataDir) => {
    await Deno.writeTextFile(join(dataDir, ".env"), `TIDEGATE_MASTER_KEY=${"e".repeat(40)}\n`);
    const config = configOf("http://127.0.0.1:1");
    {
      await using gateway = await startGateway({ config, dataDir, asFile: true });
      await importText(gateway, KEYS.join("\n"));
      assert.equal((await askAdmin(gateway, "POST", "/admin/secrets/rotate")).status, 400);
    }
    await assert.rejects(Deno.stat(join(dataDir, "data", "master.key")), Deno.errors.NotFound);
    const next = `TIDEGATE_MASTER_KEY=${"f".repeat(40)}\nTIDEGATE_MASTER_KEY_BEFORE=${"e".repeat(40)}\n`;
    for (const env of [next, `TIDEGATE_MASTER_KEY=${"f".repeat(40)}\n`]) {
      await Deno.writeTextFile(join(dataDir, ".env"), env);
      await using gateway = await startGateway({ config, dataDir, asFile: true });
      assert.equal((await listKeys(gateway, "p", "&state=usable&source=store")).length, 3);
    }
  });
});

Deno.test("the master key is changed while requests run: the new one opens all, the old one nothing", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await inFolder(async (dataDir) => {
    const file = join(dataDir, "data", "master.key");
    let before = "";
    {
      await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
      await importText(gateway, KEYS.join("\n"));
      before = await Deno.readTextFile(file);
      const rotated = await askAdmin(gateway, "POST", "/admin/secrets/rotate");
      assert.deepEqual(rotated.json, { resealed: 3, done: true });
      assert.notEqual(await Deno.readTextFile(file), before);
      assert.equal(at((await importText(gateway, "sk-added-after-the-change")).json, "added"), 1);
    }
    {
      await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
      assert.equal((await listKeys(gateway, "p", "&state=usable&source=store")).length, 4);
    }
    await Deno.writeTextFile(file, before);
    await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
    assert.equal((await listKeys(gateway, "p", "&state=unreadable")).length, 4);
  });
});

Deno.test("a change of the master key that broke off is ended at the next start", async () => {
  await inFolder(async (dataDir) => {
    const url = "http://127.0.0.1:1";
    {
      await using gateway = await startGateway({ config: configOf(url), dataDir });
      await importText(gateway, KEYS.join("\n"));
    }
    const next = join(dataDir, "data", "master.key.next");
    await Deno.writeTextFile(next, `${"n".repeat(40)}\n`);
    {
      await using gateway = await startGateway({ config: configOf(url), dataDir });
      assert.equal((await listKeys(gateway, "p", "&state=usable&source=store")).length, 3);
    }
    await assert.rejects(Deno.stat(next), Deno.errors.NotFound);
    await using gateway = await startGateway({ config: configOf(url), dataDir });
    assert.equal((await listKeys(gateway, "p", "&state=usable&source=store")).length, 3);
  });
});
