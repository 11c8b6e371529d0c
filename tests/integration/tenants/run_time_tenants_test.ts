import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../src/cli/run.ts";
import { chatEvent, eventStream, FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const pool = (url: string, name = "a") => ({
  ...{ name, provider: "openai_compatible", upstreams: [{ url }], models: ["m"] },
});

async function admin(gateway: TestGateway, method: string, path: string, body?: unknown) {
  const response = await fetch(`${gateway.url}/admin/tenants${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer, text: JSON.stringify(answer) };
}

async function chat(gateway: TestGateway, key: string, more: object = {}) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [], ...more }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, code: at(answer, "error.code") };
}

const keyOf = (made: { answer: unknown }) => String(at(made.answer, "key"));

Deno.test("a tenant made at run time serves at once, shows no key again, and outlives the process", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const config = { pools: [pool(upstream.url)] };
  let key = "";
  {
    await using gateway = await startGateway({ config, dataDir });
    const made = await admin(gateway, "POST", "", {
      ...{ name: "acme", models: ["m"], note: "Ann", key: { name: "first", expires: "2099-12-31" } },
    });
    assert.equal(made.status, 200, made.text);
    key = keyOf(made);
    assert.match(key, /^sk-tg-[a-z2-7]{32}$/);
    assert.equal(at(made.answer, "saved"), true);
    assert.equal((await chat(gateway, key)).status, 200);
    const shown = await admin(gateway, "GET", "/acme");
    assert.equal(at(shown.answer, "source"), "store");
    assert.equal(at(shown.answer, "keys.0.name"), "first");
    assert.equal(at(shown.answer, "keys.0.expires"), "2100-01-01T00:00:00.000Z");
    assert.equal(at(shown.answer, "keys.0.lastUsed.address"), "127.0.0.1");
    assert.equal(at(shown.answer, "keys.0.fingerprint"), at(made.answer, "fingerprint"));
    assert.ok(!shown.text.includes(key));
  }
  await using again = await startGateway({ config, dataDir });
  assert.equal((await chat(again, key)).status, 200);
  assert.equal((await chat(again, again.key)).status, 200, "the gateway's own tenant is there as well");
  const { answer } = await admin(again, "GET", "");
  const tenants = at(answer, "tenants");
  assert.deepEqual(Array.isArray(tenants) && tenants.map((each) => at(each, "name")), ["acme", "default"]);
  assert.notEqual(at(answer, "tenants.0.lastUsed"), null);
  await again[Symbol.asyncDispose]();
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("what the config file would not take is a 400 that says where, and changes nothing", async () => {
  await using gateway = await startGateway({ config: { pools: [pool("http://127.0.0.1:9/v1")] } });
  const refused = async (body: object, text: RegExp, status = 400) => {
    const { status: got, answer } = await admin(gateway, "POST", "", body);
    assert.equal(got, status, JSON.stringify(answer));
    assert.match(String(at(answer, "error.message")), text);
  };
  await refused({ name: "x", pools: ["b"] }, /^pools\[0\]: no pool has this name/);
  await refused({ name: "x", adresses: [] }, /^adresses: unknown member; did you mean "addresses"\?/);
  await refused({ name: "x", retry: { attempts: 0 } }, /^retry\.attempts: must be at least 1/);
  await refused({ name: "x", key: { expires: "soon" } }, /expires: must be a day/);
  await refused(
    { name: "x", keys: ["a-key-of-my-own-choosing"] },
    /^keys: the gateway makes the keys itself/,
  );
  await refused({ name: "not a name" }, /name/);
  await refused({ name: "default" }, /of this name already/, 409);
  assert.equal((await admin(gateway, "GET", "/x")).status, 404);
  assert.equal((await admin(gateway, "PATCH", "/default", { enabled: false })).status, 409);
  assert.equal((await admin(gateway, "DELETE", "/nobody")).status, 404);
});

Deno.test("settings and routes of a tenant made at run time are kept as they were written", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  const made = await admin(gateway, "POST", "", {
    ...{ name: "acme", routes: [{ model: "auto", to: "a/vendor-m" }], deadlines: { connect: "2s" } },
  });
  assert.equal(made.status, 200, made.text);
  assert.equal((await chat(gateway, keyOf(made), { model: "auto" })).status, 200);
  assert.equal(at(JSON.parse(upstream.deliveries[0]?.text ?? ""), "model"), "vendor-m");
  assert.equal(at(made.answer, "tenant.members.deadlines.connect"), "2s");
  const changed = await admin(gateway, "PATCH", "/acme", { routes: null, models: ["m"] });
  assert.deepEqual(at(changed.answer, "tenant.members"), { deadlines: { connect: "2s" }, models: ["m"] });
  assert.equal((await chat(gateway, keyOf(made), { model: "auto" })).code, "model_not_allowed");
});

Deno.test("rotation leaves the old key its overlap; without one its streams are cut at once", async () => {
  await using upstream = await fakeUpstream(
    eventStream([chatEvent({ content: "Hello" })], [{ do: "stall" }]),
  );
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  const first = keyOf(await admin(gateway, "POST", "", { name: "acme" }));
  const rotated = await admin(gateway, "POST", "/acme/rotate", { overlap: "1h", name: "second" });
  const second = keyOf(rotated);
  assert.notEqual(second, first);
  const open = async (key: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: '{"model":"m","stream":true,"messages":[]}',
    });
    assert.equal(response.status, 200);
    const reader = response.body?.getReader();
    assert.ok(reader);
    await reader.read();
    return reader;
  };
  const old = await open(first);
  const kept = await open(second);
  const oldKey = at(rotated.answer, "tenant.keys.0.fingerprint");
  const last = await admin(gateway, "POST", "/acme/rotate", { overlap: "0s", fingerprint: oldKey });
  assert.match(new TextDecoder().decode((await old.read()).value), /"code":"invalid_api_key"/);
  await assert.rejects(old.read());
  await until(() => upstream.openConnections === 1, "the old key's upstream is let go");
  assert.equal((await chat(gateway, first)).code, "invalid_api_key");
  const keys = at(last.answer, "tenant.keys");
  assert.equal(Array.isArray(keys) && keys.length, 2);
  await kept.cancel();
});

Deno.test("keys are added, switched off, put to an end and taken away one by one", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  await admin(gateway, "POST", "", { name: "acme" });
  const added = await admin(gateway, "POST", "/acme/keys", { name: "ci", note: "build machine" });
  const key = keyOf(added);
  const path = `/acme/keys/${at(added.answer, "fingerprint")}`;
  assert.equal((await chat(gateway, key)).status, 200);
  await admin(gateway, "PATCH", path, { enabled: false });
  assert.equal((await chat(gateway, key)).code, "key_disabled");
  await admin(gateway, "PATCH", path, { enabled: true, expires: "2026-01-01" });
  assert.equal((await chat(gateway, key)).code, "key_expired");
  const freed = await admin(gateway, "PATCH", path, { expires: null, note: null });
  assert.equal(at(freed.answer, "tenant.keys.1.expires"), null);
  assert.equal((await chat(gateway, key)).status, 200);
  await admin(gateway, "PATCH", "/acme", { enabled: false });
  assert.equal((await chat(gateway, key)).code, "key_disabled");
  await admin(gateway, "PATCH", "/acme", { enabled: true });
  assert.equal((await admin(gateway, "DELETE", path)).status, 200);
  assert.equal((await chat(gateway, key)).code, "invalid_api_key");
  assert.equal((await admin(gateway, "DELETE", path)).status, 404);
  assert.equal((await admin(gateway, "DELETE", "/acme")).status, 200);
  assert.equal((await admin(gateway, "GET", "/acme")).status, 404);
});

Deno.test("a tenant of the config wins over one of its name made at run time, with a warning, until it goes", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const own = { name: "ops", keys: ["tenant-key-of-ops-000001"] };
  const config = (tenants: object[]) => ({ tenants, pools: [pool(upstream.url)] });
  await using gateway = await startGateway({ config: config([own]), asFile: true });
  const key = keyOf(await admin(gateway, "POST", "", { name: "web" }));
  const reload = async (tenants: object[]) => {
    await Deno.writeTextFile(gateway.configFile, JSON.stringify(config(tenants)));
    await gateway.server.reload();
  };
  await reload([own, { name: "web", keys: ["tenant-key-of-web-000001"] }]);
  assert.equal((await chat(gateway, key)).code, "invalid_api_key");
  assert.equal((await chat(gateway, "tenant-key-of-web-000001")).status, 200);
  assert.match(gateway.logText(), /has the name of one made at run time/);
  assert.equal((await admin(gateway, "PATCH", "/web", { note: "x" })).status, 409);
  await reload([own]);
  assert.equal((await chat(gateway, key)).status, 200, "a reload keeps those made at run time");
});

Deno.test("a key made at run time is in no log, record, list or file, however it is sent", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const config = {
    logs: { level: "debug", files: [{ name: "all", level: "debug" }] },
    pools: [pool(upstream.url)],
  };
  let key = "";
  {
    await using gateway = await startGateway({ config, dataDir });
    key = keyOf(await admin(gateway, "POST", "", { name: "acme" }));
    const rotated = keyOf(await admin(gateway, "POST", "/acme/rotate", {}));
    for (const each of [key, rotated]) {
      await chat(gateway, each, { user: each, metadata: { key: each } });
      await chat(gateway, each, { model: each });
    }
    const told = [
      gateway.logText(),
      JSON.stringify(await gateway.records()),
      (await admin(gateway, "GET", "")).text,
    ];
    for (const text of told) assert.ok(!text.includes(key) && !text.includes(rotated), text);
  }
  for await (const entry of Deno.readDir(join(dataDir, "data"))) {
    if (!entry.isFile) continue;
    const bytes = await Deno.readFile(join(dataDir, "data", entry.name));
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(key), entry.name);
  }
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("tidegate tenants makes, shows, bounds, rotates, switches off and deletes", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  const told = async (isTerminal: boolean, ...args: string[]) => {
    const said = { out: "", talk: "" };
    const place = ["--url", gateway.url, "--data-dir", gateway.dataDir];
    const code = await run(["tenants", ...args, ...place], {
      stdout: (text) => void (said.out += text),
      stderr: (text) => void (said.talk += text),
      isTerminal,
      env: () => undefined,
    });
    return { code, ...said };
  };
  const made = await told(
    true,
    "create",
    "acme",
    "--models",
    "gpt-*,m",
    "--note",
    "Ann",
    "--expires",
    "2099-12-31",
  );
  assert.equal(made.code, 0, made.talk);
  const key = /sk-tg-[a-z2-7]{32}/.exec(made.out)?.[0] ?? assert.fail(made.out);
  assert.match(made.out, /told this once/);
  assert.equal((await chat(gateway, key)).status, 200);
  const shown = await told(true, "show", "acme");
  assert.match(shown.out, /models +gpt-\*, m/);
  assert.match(shown.out, /valid, until 2100-01-01T00:00:00\.000Z, last used .* from 127\.0\.0\.1/);
  assert.ok(!shown.out.includes(key));
  assert.match((await told(true, "list")).out, /acme +on +made at run time +1 of 1 keys valid/);
  const limited = JSON.parse((await told(false, "limit", "acme", "--models", "none", "--priority", "7")).out);
  assert.deepEqual(at(limited, "tenant.models"), ["none"]);
  assert.equal(at(limited, "tenant.priority"), 7);
  assert.equal((await chat(gateway, key)).code, "model_not_allowed");
  assert.equal(
    at(JSON.parse((await told(false, "limit", "acme", "--models", "all")).out), "tenant.models"),
    null,
  );
  assert.equal((await told(true, "disable", "acme")).code, 0);
  assert.equal((await chat(gateway, key)).code, "key_disabled");
  assert.equal((await told(true, "enable", "acme")).code, 0);
  const second = at(JSON.parse((await told(false, "rotate", "acme", "--overlap", "0s")).out), "key");
  assert.equal((await chat(gateway, key)).code, "invalid_api_key");
  assert.equal((await chat(gateway, String(second))).status, 200);
  assert.equal((await told(true, "delete", "acme")).out, "acme is deleted.\n");
  const gone = await told(true, "show", "acme");
  assert.deepEqual([gone.code, gone.out], [1, ""]);
  assert.match(gone.talk, /There is no tenant of that name/);
  for (
    const wrong of [["create"], ["limit", "acme"], ["tell", "acme"], ["list", "acme"], [
      "create",
      "a",
      "--priority",
      "x",
    ]]
  ) {
    assert.equal((await told(true, ...wrong)).code, 2, wrong.join(" "));
  }
});
