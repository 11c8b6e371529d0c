import assert from "node:assert/strict";
import { run } from "../../../src/cli/run.ts";
import { talkingIo } from "../../cli/talking_io.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { askChat } from "../../support/ask_chat.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

async function tidegate(gateway: TestGateway, words: string[], isTerminal = false) {
  const io = talkingIo({
    TIDEGATE_URL: gateway.url,
    TIDEGATE_ADMIN_TOKEN: gateway.server.dataDir.adminToken.reveal(),
  });
  const exit = await run(words, { ...io, isTerminal });
  return { exit, out: io.out(), talk: io.talk() };
}

const CONFIG = {
  pools: [{ name: "a", provider: "openai_compatible", upstreams: ["http://127.0.0.1:9"], models: ["m"] }],
};

Deno.test("status tells people and programs how the gateway stands, and exits by it", async () => {
  await using gateway = await startGateway({ config: CONFIG });
  const forPeople = await tidegate(gateway, ["status"], true);
  assert.equal(forPeople.exit, 0);
  assert.match(forPeople.out, /^Ready {2}tidegate /);
  assert.equal(at(JSON.parse((await tidegate(gateway, ["status"])).out), "ready"), true);
  await using empty = await startGateway({ config: { pools: [] } });
  assert.equal((await tidegate(empty, ["status"])).exit, 3);
});

Deno.test("endpoints are listed, switched off with a note, and on again", async () => {
  await using gateway = await startGateway({ config: CONFIG });
  const done = await tidegate(gateway, ["endpoints", "disable", "--pool", "a", "--note", "repairs"], true);
  assert.equal(done.out, "1 endpoints were meant, 1 changes made.\n");
  const listed = await tidegate(gateway, ["endpoints", "list", "--state", "disabled"], true);
  assert.match(listed.out, /^id +pool +upstream[^\n]*\n\w{16} +a +127\.0\.0\.1[^\n]* disabled +repairs /);
  const id = at(JSON.parse((await tidegate(gateway, ["endpoints", "list"])).out), "endpoints.0.id");
  assert.equal((await tidegate(gateway, ["endpoints", "enable", String(id)])).exit, 0);
  assert.equal((await tidegate(gateway, ["endpoints", "note", String(id), "--note", "mine"])).exit, 0);
  const after = await tidegate(gateway, ["endpoints", "list"], true);
  assert.match(after.out, /usable[^\n]*mine/);
});

Deno.test("a request under way is listed and cancelled", async () => {
  await using upstream = await fakeUpstream(FAULTS.silent);
  await using gateway = await startGateway({
    config: { pools: [{ ...CONFIG.pools[0], upstreams: [upstream.url] }] },
  });
  const answer = askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });
  await until(() => upstream.deliveries.length === 1, "the upstream is asked");
  const listed = await tidegate(gateway, ["requests", "list"], true);
  assert.match(listed.out, /^id +age +phase[^\n]*\n[0-9a-f-]{36} +0:0\d +asked +default +m +a /);
  const id = at(JSON.parse((await tidegate(gateway, ["requests", "list"])).out), "requests.0.id");
  const done = await tidegate(gateway, ["requests", "cancel", String(id)], true);
  assert.deepEqual([done.exit, done.out], [0, `Request ${id} is ended.\n`]);
  assert.equal((await answer).status, 403);
  assert.equal((await tidegate(gateway, ["requests", "cancel", String(id)])).exit, 1);
});

Deno.test("reload tells what changed, and exits 78 for a config that was refused", async () => {
  await using gateway = await startGateway({ config: CONFIG, asFile: true });
  await Deno.writeTextFile(
    gateway.configFile,
    JSON.stringify({ pools: [{ ...CONFIG.pools[0], models: ["m", "n"] }] }),
  );
  const good = await tidegate(gateway, ["reload"], true);
  assert.equal(good.exit, 0);
  assert.match(good.out, /is in force; changed:\n {2}pool a: models/);
  await Deno.writeTextFile(gateway.configFile, "{");
  const bad = await tidegate(gateway, ["reload"], true);
  assert.equal(bad.exit, 78);
  assert.match(bad.out, /^Refused; config \d+ stays in force:\n/);
  assert.equal(at((await askGatewayAdmin(gateway, "/admin/config")).json, "upToDate"), false);
});

Deno.test("wrong words exit 2 with the usage, and a gateway that is away exits 69", async () => {
  const io = talkingIo({ TIDEGATE_URL: "http://127.0.0.1:9", TIDEGATE_ADMIN_TOKEN: "tg-admin-x" });
  for (
    const words of [["endpoints"], ["endpoints", "disable"], ["requests", "list", "x"], ["status", "--nope"]]
  ) {
    assert.equal(await run(words, io), 2, words.join(" "));
  }
  assert.match(io.talk(), /Usage:/);
  assert.equal(await run(["status"], io), 69);
});
