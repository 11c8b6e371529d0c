import assert from "node:assert/strict";
import { sha256Hex } from "../../../src/tenants/tenant_keys.ts";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const KEY = "tenant-key-of-the-test-01";

const pool = (name: string, url: string, models: string[]) => ({
  ...{ name, provider: "openai_compatible", upstreams: [{ url }], models },
});

async function ask(
  gateway: TestGateway,
  more: { path?: string; model?: string; key?: string | null; headers?: Record<string, string> } = {},
) {
  const { path = "/v1/chat/completions", model = "m", key = KEY, headers = {} } = more;
  const credential = key === null ? undefined : { authorization: `Bearer ${key}` };
  const response = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...credential, ...headers },
    body: JSON.stringify({ model, messages: [] }),
  });
  const answer: unknown = await response.json();
  return {
    status: response.status,
    code: at(answer, "error.code"),
    message: String(at(answer, "error.message")),
  };
}

Deno.test("a key that the config has as its hash opens like any other, and is in no record", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      tenants: [{ name: "web", keys: [`sha256:${sha256Hex(KEY)}`] }],
      pools: [pool("a", upstream.url, ["m"])],
    },
  });
  assert.equal((await ask(gateway, { headers: { "x-note": KEY } })).status, 200);
  assert.equal((await ask(gateway, { model: KEY })).status, 404);
  const text = JSON.stringify(await gateway.records());
  assert.ok(text.includes("[redacted]"), text);
  assert.ok(!text.includes(KEY));
  assert.ok(!gateway.logText().includes(KEY));
});

Deno.test("keys that are over or switched off get 401s of their own, others the plain one", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      tenants: [
        {
          name: "web",
          keys: [
            { key: KEY, expires: "2099-12-31" },
            { key: "tenant-key-that-is-over-1", expires: "2026-01-01" },
            { key: "tenant-key-that-is-off-01", enabled: false },
          ],
        },
        { name: "gone", enabled: false, keys: ["tenant-key-of-nobody-0001"] },
      ],
      pools: [pool("a", upstream.url, ["m"])],
    },
  });
  assert.equal((await ask(gateway)).status, 200);
  const codes = { "tenant-key-that-is-over-1": "key_expired", "tenant-key-that-is-off-01": "key_disabled" };
  for (const [key, code] of Object.entries({ ...codes, "tenant-key-of-nobody-0001": "key_disabled" })) {
    const refused = await ask(gateway, { key });
    assert.deepEqual([refused.status, refused.code], [401, code]);
  }
  assert.equal((await ask(gateway, { key: "tenant-key-that-is-over-2" })).code, "invalid_api_key");
});

Deno.test("addresses, formats and pools bound a tenant with 403s that say which", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const limited = (name: string, key: string, more: object) => ({
    name,
    keys: [key],
    overrides: ["pool"],
    ...more,
  });
  await using gateway = await startGateway({
    config: {
      trustedProxies: ["loopback"],
      tenants: [
        limited("far", "tenant-key-of-far-0000001", { addresses: ["10.0.0.0/8"] }),
        limited("embed", "tenant-key-of-embed-00001", { formats: ["openai_embeddings"] }),
        limited("b-only", "tenant-key-of-b-only-0001", { pools: ["b"] }),
      ],
      pools: [pool("a", upstream.url, ["m", "both"]), pool("b", upstream.url, ["n", "both"])],
    },
  });
  const far = "tenant-key-of-far-0000001";
  assert.deepEqual((await ask(gateway, { key: far })).code, "address_not_allowed");
  assert.equal((await ask(gateway, { key: far, headers: { "x-forwarded-for": "10.1.2.3" } })).status, 200);
  const forged = { "x-forwarded-for": "10.1.2.3, 203.0.113.9" };
  assert.equal((await ask(gateway, { key: far, headers: forged })).status, 403);
  const embed = await ask(gateway, { key: "tenant-key-of-embed-00001" });
  assert.deepEqual([embed.status, embed.code], [403, "format_not_allowed"]);
  const key = "tenant-key-of-b-only-0001";
  assert.equal((await ask(gateway, { key, model: "n" })).status, 200);
  assert.equal((await ask(gateway, { key, model: "both" })).status, 200);
  for (const model of ["m", "a/m"]) {
    assert.deepEqual((await ask(gateway, { key, model })).code, "pool_not_allowed", model);
  }
  const headers = { "x-tidegate-pool": "a" };
  assert.deepEqual((await ask(gateway, { key, model: "both", headers })).code, "pool_not_allowed");
  const list = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const ids = at(await list.json(), "data");
  assert.deepEqual(Array.isArray(ids) ? ids.map((one) => at(one, "id")) : ids, ["both", "n"]);
});

Deno.test("a tenant's own names lead where its config says, and only for it", async () => {
  await using first = await fakeUpstream(FAULTS.ok);
  await using second = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      tenants: [
        {
          name: "own",
          keys: [KEY],
          models: ["gpt-*"],
          routes: [{ model: "m", to: "second/vendor-m" }],
          aliases: { fast: "m", ["gpt-5"]: "n" },
        },
        { name: "plain", keys: ["tenant-key-of-plain-00001"] },
      ],
      pools: [pool("first", first.url, ["m"]), pool("second", second.url, ["n"])],
    },
  });
  for (const model of ["m", "fast", "gpt-5"]) {
    assert.equal((await ask(gateway, { model })).status, 200, model);
  }
  assert.equal((await ask(gateway, { model: "n" })).code, "model_not_allowed");
  assert.deepEqual(second.deliveries.map(({ text }) => at(JSON.parse(text), "model")), [
    "vendor-m",
    "vendor-m",
    "n",
  ]);
  assert.equal(first.deliveries.length, 0);
  const plain = "tenant-key-of-plain-00001";
  assert.equal((await ask(gateway, { key: plain })).status, 200);
  assert.equal(first.deliveries.length, 1);
  assert.equal((await ask(gateway, { key: plain, model: "fast" })).code, "model_not_found");
});

Deno.test("an open tenant serves whoever sends no key from its addresses, and nobody else", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      tenants: [{ name: "own", open: true }, { name: "web", keys: [KEY] }],
      pools: [pool("a", upstream.url, ["m"])],
    },
  });
  assert.equal((await ask(gateway, { key: null })).status, 200);
  assert.equal((await ask(gateway, { key: "any-nonsense-will-not-do" })).code, "invalid_api_key");
  const headers = { "x-forwarded-for": "203.0.113.9" };
  assert.equal((await ask(gateway, { key: null, headers })).code, "missing_api_key");
  const [record] = await gateway.records();
  assert.equal(at(record, "tenant"), "own");
});
