import assert from "node:assert/strict";
import { answer, errorAnswer, FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { askChat } from "../../support/ask_chat.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const KEYS = ["sk-first-key-000000", "sk-second-key-00000", "sk-third-key-000000"];

const pool = (url: string, more: object = {}) => ({
  name: "a",
  provider: "openai_compatible",
  upstreams: [{ url, name: "one" }],
  keys: KEYS.map((key, index) => ({ key, name: `k${index}` })),
  models: ["m"],
  ...more,
});

const chat = (gateway: TestGateway) =>
  askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });

async function list(gateway: TestGateway, query = ""): Promise<unknown[]> {
  const { json } = await askGatewayAdmin(gateway, `/admin/endpoints${query}`);
  return at(json, "endpoints") as unknown[]; // an array by the route's shape
}

const states = (endpoints: unknown[]) => endpoints.map((endpoint) => at(endpoint, "state"));

Deno.test("every endpoint is listed with its pool, key name and state, page by page, and never with its key", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  await chat(gateway);
  const first = await askGatewayAdmin(gateway, "/admin/endpoints?limit=2");
  assert.equal(at(first.json, "matching"), 3);
  assert.equal(at(first.json, "endpoints.length"), 2);
  const cursor = String(at(first.json, "nextCursor"));
  const second = await askGatewayAdmin(gateway, `/admin/endpoints?limit=2&cursor=${cursor}`);
  assert.deepEqual([at(second.json, "endpoints.length"), at(second.json, "nextCursor")], [1, null]);
  assert.equal(at(second.json, "endpoints.0.key.name"), "k2");
  const all = await list(gateway);
  assert.deepEqual(states(all), ["usable", "usable", "usable"]);
  assert.equal(all.reduce((sum: number, one) => sum + Number(at(one, "perMinute.current.requests")), 0), 1);
  const one = await askGatewayAdmin(gateway, `/admin/endpoints/${at(all[0], "id")}`);
  assert.deepEqual(at(one.json, "key"), at(all[0], "key"));
  assert.doesNotMatch(JSON.stringify([first, second, all, one]), /sk-/);
  assert.equal((await askGatewayAdmin(gateway, "/admin/endpoints/none")).status, 404);
  assert.equal((await askGatewayAdmin(gateway, "/admin/endpoints?cursor=none")).status, 400);
});

Deno.test("an endpoint that was told to wait is in cooldown with its reason and time, until a person clears it", async () => {
  const refused = errorAnswer(429, { message: "slow down", code: "rate_limit_exceeded" }, {
    "retry-after": "40",
  });
  await using upstream = await fakeUpstream((delivery) =>
    delivery.headers["authorization"]?.includes("first") === true ? refused : FAULTS.ok
  );
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  for (let times = 0; times < 3; times++) await chat(gateway);
  const [resting] = await list(gateway, "?state=cooldown");
  assert.equal(at(resting, "key.name"), "k0");
  const recoversInMs = Number(at(resting, "recoversInMs"));
  assert.ok(recoversInMs > 30_000 && recoversInMs <= 40_000, String(recoversInMs));
  assert.equal(at(resting, "perMinute.current.refusedByVendor"), 1);
  const pools = await askGatewayAdmin(gateway, "/admin/pools");
  assert.deepEqual([at(pools.json, "pools.0.states.cooldown"), at(pools.json, "pools.0.states.usable")], [
    1,
    2,
  ]);
  const order = { action: "clear_cooldown", filter: { state: "cooldown" } };
  const done = await askGatewayAdmin(gateway, "/admin/endpoints/actions", order);
  assert.equal(at(done.json, "matched"), 1);
  assert.ok(Number(at(done.json, "changed")) >= 1);
  assert.deepEqual(states(await list(gateway)), ["usable", "usable", "usable"]);
});

Deno.test("what a person switches off gets no request, stays off over a restart with its note, and comes back", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    const options = { config: { pools: [pool(upstream.url)] }, dataDir };
    {
      await using gateway = await startGateway(options);
      const byKey = { action: "disable", filter: { key: "k0" }, note: "billing" };
      assert.deepEqual((await askGatewayAdmin(gateway, "/admin/endpoints/actions", byKey)).json, {
        matched: 1,
        changed: 1,
        unknown: [],
      });
      const id = String(at((await list(gateway, "?key=k1"))[0], "id"));
      const byId = { action: "disable", ids: [id, "nobody"], scope: "key" };
      const done = await askGatewayAdmin(gateway, "/admin/endpoints/actions", byId);
      assert.deepEqual(done.json, { matched: 1, changed: 1, unknown: ["nobody"] });
      await askGatewayAdmin(gateway, "/admin/endpoints/actions", {
        action: "note",
        ids: [id],
        note: "ask Ann",
      });
      for (let times = 0; times < 4; times++) await chat(gateway);
      const keys = upstream.deliveries.map(({ headers }) => headers["authorization"]);
      assert.deepEqual([...new Set(keys)], [`Bearer ${KEYS[2]}`]);
    }
    await using gateway = await startGateway(options);
    const [first, second, third] = await list(gateway);
    assert.deepEqual([at(first, "state"), at(first, "reason")], ["disabled", "billing"]);
    assert.deepEqual([at(second, "state"), at(second, "note.text")], ["disabled", "ask Ann"]);
    assert.deepEqual(at(second, "marks.0.on"), "key");
    assert.equal(at(third, "state"), "usable");
    for (const scope of ["endpoint", "key"]) {
      const enable = { action: "enable", filter: { pool: "a" }, scope };
      assert.equal((await askGatewayAdmin(gateway, "/admin/endpoints/actions", enable)).status, 200);
    }
    assert.deepEqual(states(await list(gateway)), ["usable", "usable", "usable"]);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a key that the vendor refuses is invalid until a person vouches for it", async () => {
  const refused = errorAnswer(401, { message: "no", code: "invalid_api_key" });
  await using upstream = await fakeUpstream((delivery) =>
    delivery.headers["authorization"]?.includes("first") === true ? refused : FAULTS.ok
  );
  await using gateway = await startGateway({ config: { pools: [pool(upstream.url)] } });
  for (let times = 0; times < 3; times++) await chat(gateway);
  const [invalid] = await list(gateway, "?state=invalid");
  assert.equal(at(invalid, "key.name"), "k0");
  const order = { action: "restore", ids: [at(invalid, "id")] };
  assert.equal(at((await askGatewayAdmin(gateway, "/admin/endpoints/actions", order)).json, "changed"), 1);
  assert.deepEqual(await list(gateway, "?state=invalid"), []);
});

Deno.test("an action names its endpoints one way, and never all of them by a slip", async () => {
  await using gateway = await startGateway({ config: { pools: [pool("http://127.0.0.1:9")] } });
  for (const meant of [{}, { filter: {} }, { ids: ["x"], filter: { pool: "a" } }, { ids: [] }]) {
    const done = await askGatewayAdmin(gateway, "/admin/endpoints/actions", { action: "disable", ...meant });
    assert.equal(done.status, 400, JSON.stringify(meant));
  }
  const none = await askGatewayAdmin(gateway, "/admin/endpoints/actions", { action: "disable", ids: ["x"] });
  assert.equal(none.status, 404);
});

Deno.test("declared limits are shown with what is left, and an endpoint without room says so", async () => {
  await using upstream = await fakeUpstream(answer('{"choices":[]}'));
  const keys = [{ key: KEYS[0], limits: { requestsPerMinute: 1 } }];
  await using gateway = await startGateway({
    config: { pools: [pool(upstream.url, { keys, retry: { wait: "0s" } })] },
  });
  const declared = async () => at((await list(gateway))[0], "limits.0");
  const limit = { from: "declared", name: "requests", model: null, limit: 1 };
  assert.deepEqual(await declared(), { ...limit, remaining: 1 });
  await chat(gateway);
  assert.deepEqual(await declared(), { ...limit, remaining: 0 });
  const [full] = await list(gateway, "?state=no_headroom");
  assert.equal(at(full, "reason"), "declared");
  assert.equal((await chat(gateway)).status, 429);
  const { json } = await askGatewayAdmin(gateway, "/admin/pools");
  assert.equal(at(json, "pools.0.perMinute.refusedByGateway"), 1);
});

Deno.test("the admin API, the metrics and the keys' list call states by the same names", async () => {
  const refused = errorAnswer(429, { message: "You exceeded your quota.", code: "insufficient_quota" });
  await using upstream = await fakeUpstream((delivery) =>
    delivery.headers["authorization"]?.includes("first") === true ? refused : FAULTS.ok
  );
  const [first, second, third] = KEYS;
  const keys = [{ key: first }, { key: second, weight: 0 }, { key: third, name: "off" }, {
    key: "sk-last-000",
  }];
  await using gateway = await startGateway({
    config: { pools: [pool(upstream.url, { keys, balance: { strategy: "round_robin" } })] },
  });
  const off = { action: "disable", filter: { key: "off" } };
  assert.equal((await askGatewayAdmin(gateway, "/admin/endpoints/actions", off)).status, 200);
  for (let times = 0; times < 2; times++) await chat(gateway);
  assert.deepEqual(states(await list(gateway)), ["cooldown", "unused", "disabled", "usable"]);
  assert.equal((await list(gateway, "?state=unused")).length, 1);
  const { json } = await askGatewayAdmin(gateway, "/admin/pools");
  const told = at(json, "pools.0.states");
  const page = await (await fetch(`${gateway.url}/metrics`)).text();
  const counted = [...page.matchAll(/^tidegate_endpoints\{pool="a",state="(\w+)"\} (\d+)$/gm)];
  assert.deepEqual({
    ...Object.fromEntries(counted.map(([, state, n]) => [state, Number(n)])),
    no_headroom: 0,
  }, told);
  const listed = at((await askGatewayAdmin(gateway, "/admin/pools/a/keys")).json, "keys");
  assert.deepEqual(states(Array.isArray(listed) ? listed : []), ["cooldown", "usable", "usable", "usable"]);
});
