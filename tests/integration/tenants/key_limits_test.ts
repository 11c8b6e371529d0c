import assert from "node:assert/strict";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const configOf = (url: string) => ({
  pools: [{ name: "a", provider: "openai_compatible", upstreams: [{ url }], models: ["m"] }],
});

async function admin(gateway: TestGateway, method: string, path: string, body?: unknown) {
  const response = await fetch(`${gateway.url}/admin/tenants${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told: unknown = await response.json();
  return { status: response.status, told };
}

/** The status of one chat, and how many requests its limits leave. */
async function chat(gateway: TestGateway, key: string) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", messages: [] }),
  });
  const code = at(await response.json(), "error.code");
  return { status: response.status, code, left: response.headers.get("x-ratelimit-remaining-requests") };
}

const keyOf = ({ told }: { told: unknown }) => String(at(told, "key"));
const fingerprintOf = ({ told }: { told: unknown }) => String(at(told, "fingerprint"));

Deno.test("of two keys of a tenant made at run time, the limited one is refused and the other goes on, over a restart too", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const config = configOf(upstream.url);
  let limited = "";
  let free = "";
  {
    await using gateway = await startGateway({ config, dataDir });
    const made = await admin(gateway, "POST", "", {
      ...{ name: "acme", key: { name: "slow", limits: { requestsPerMinute: 1 } } },
    });
    assert.equal(made.status, 200, JSON.stringify(made.told));
    limited = keyOf(made);
    free = keyOf(await admin(gateway, "POST", "/acme/keys", { name: "free" }));
    assert.deepEqual((await chat(gateway, limited)).left, "0");
    assert.equal((await chat(gateway, limited)).code, "rate_limited");
    for (let times = 0; times < 3; times++) assert.equal((await chat(gateway, free)).status, 200);
  }
  await using again = await startGateway({ config, dataDir });
  assert.equal((await chat(again, limited)).code, "rate_limited", "the count is there again");
  assert.equal((await chat(again, free)).status, 200);
  const { told } = await admin(again, "GET", "");
  assert.deepEqual(at(told, "tenants.0.keys.0.limits"), { requestsPerMinute: 1 });
  assert.equal(at(told, "tenants.0.keys.1.limits"), null);
  await again[Symbol.asyncDispose]();
  await Deno.remove(dataDir, { recursive: true });
});

Deno.test("a changed limit of a key holds for the next request, and none is left when it is taken away", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const made = await admin(gateway, "POST", "", { name: "acme" });
  const path = `/acme/keys/${fingerprintOf(made)}`;
  assert.deepEqual(await chat(gateway, keyOf(made)), { status: 200, code: undefined, left: null });
  const limits = { requestsPerMinute: 1, requestsPerDay: 9, models: { m: { concurrency: 5 } } };
  const changed = await admin(gateway, "PATCH", path, { limits });
  assert.equal(at(changed.told, "tenant.keys.0.limits.requestsPerDay.max"), 9);
  assert.equal((await chat(gateway, keyOf(made))).status, 200);
  assert.equal((await chat(gateway, keyOf(made))).code, "rate_limited");
  await admin(gateway, "PATCH", path, { limits: { requestsPerMinute: 3 } });
  assert.deepEqual((await chat(gateway, keyOf(made))).left, "1", "what it used before counts");
  await admin(gateway, "PATCH", path, { note: "Ann" });
  assert.deepEqual((await chat(gateway, keyOf(made))).left, "0", "other members leave it alone");
  await admin(gateway, "PATCH", path, { limits: null });
  assert.deepEqual(await chat(gateway, keyOf(made)), { status: 200, code: undefined, left: null });
});

Deno.test("limits of a key that the config file would not take are a 400 that says where, and change nothing", async () => {
  await using gateway = await startGateway({ config: configOf("http://127.0.0.1:9/v1") });
  const refused = async (method: string, path: string, body: object, text: RegExp) => {
    const { status, told } = await admin(gateway, method, path, body);
    assert.equal(status, 400, JSON.stringify(told));
    assert.match(String(at(told, "error.message")), text);
  };
  await refused(
    "POST",
    "",
    { name: "x", key: { limits: { requestsPerMinute: 0 } } },
    /limits\.requestsPerMi/,
  );
  assert.equal((await admin(gateway, "GET", "/x")).status, 404);
  const path = `/acme/keys/${fingerprintOf(await admin(gateway, "POST", "", { name: "acme" }))}`;
  await refused("PATCH", path, { limits: { requestPerMinute: 5 } }, /did you mean "requestsPerMinute"\?/);
  await refused("PATCH", path, { limits: { budget: { usd: -1 } } }, /keys\[0\]\.limits\.budget\.usd/);
  await refused("PATCH", path, { limits: 5 }, /limits/);
  await refused("POST", "/acme/rotate", { limits: { concurrency: "many" } }, /limits\.concurrency/);
  await refused(
    "POST",
    "/acme/keys",
    { limits: { models: { m: { legacyHeaders: true } } } },
    /legacyHeaders/,
  );
  const { told } = await admin(gateway, "GET", "/acme");
  assert.equal(at(told, "keys.0.limits"), null);
  assert.equal(at(told, "keys.1"), undefined);
});

Deno.test("a rotated key keeps the limits of the old one, unless others are said", async () => {
  await using gateway = await startGateway({ config: configOf("http://127.0.0.1:9/v1") });
  const limits = { requestsPerMinute: 1 };
  const first = await admin(gateway, "POST", "", { name: "acme", key: { limits } });
  const second = await admin(gateway, "POST", "/acme/rotate", { fingerprint: fingerprintOf(first) });
  assert.deepEqual(at(second.told, "tenant.keys.1.limits"), limits);
  const free = await admin(gateway, "POST", "/acme/rotate", { limits: null });
  assert.equal(at(free.told, "tenant.keys.2.limits"), null);
  const unsure = await admin(gateway, "POST", "/acme/rotate", {});
  assert.equal(unsure.status, 400);
  assert.equal(at(unsure.told, "error.param"), "limits");
  const last = await admin(gateway, "POST", "/acme/rotate", { limits: { concurrency: 2 }, overlap: "0s" });
  assert.deepEqual(at(last.told, "tenant.keys.0.limits"), { concurrency: 2 });
  assert.equal(at(last.told, "tenant.keys.1"), undefined);
});
