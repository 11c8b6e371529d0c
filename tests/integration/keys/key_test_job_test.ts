import assert from "node:assert/strict";
import { type Delivery, fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, errorAnswer, type Fault, FAULTS } from "../../support/fake_upstream_script.ts";
import { askAdmin } from "../../support/keys/ask_admin.ts";
import { listKeys } from "../../support/keys/list_keys.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const BAD = "sk-this-key-is-refused-1";
const LIMITED = "sk-this-key-is-limited-1";
const GOOD = ["sk-this-key-is-good-0001", "sk-this-key-is-good-0002"];

const MODELS = answer('{"object":"list","data":[]}', { headers: { "content-type": "application/json" } });

function vendor({ target, headers }: Delivery): Fault {
  const key = headers["authorization"] ?? "";
  if (key.includes(BAD)) return errorAnswer(401, { code: "invalid_api_key", type: "invalid_request_error" });
  if (key.includes(LIMITED)) return errorAnswer(429, { code: "rate_limit_exceeded" });
  return target === "/v1/models" ? MODELS : FAULTS.ok;
}

const configOf = (url: string) => ({
  pools: [{ name: "p", provider: "openai_compatible", upstreams: [url], keys: [GOOD[0]], models: ["m"] }],
});

async function ended(gateway: TestGateway, id: unknown): Promise<unknown> {
  let job: unknown;
  await until(async () => {
    job = (await askAdmin(gateway, "GET", `/admin/jobs/${id}`)).json;
    return typeof at(job, "endedAtMs") === "number";
  }, "the job is over");
  return job;
}

Deno.test("a test asks with each key once, for free, and marks those that are refused", async () => {
  await using upstream = await fakeUpstream(vendor);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  await askAdmin(gateway, "POST", "/admin/pools/p/keys", [GOOD[1], BAD, LIMITED].join("\n"));
  const { json } = await askAdmin(gateway, "POST", "/admin/jobs/key-test", { pool: "p", perSecond: 1_000 });
  const job = await ended(gateway, at(json, "id"));
  assert.deepEqual([at(job, "state"), at(job, "done"), at(job, "total")], ["done", 4, 4]);
  assert.deepEqual(at(job, "result.byClass"), { ok: 2, key_invalid: 1, rate_limited: 1 });
  assert.equal(at(job, "result.marked"), 1);
  assert.ok(upstream.deliveries.every(({ method, target }) => method === "GET" && target === "/v1/models"));
  const [bad] = await listKeys(gateway, "p", "&state=invalid");
  assert.deepEqual([bad?.masked, bad?.reason, (bad?.recoversInMs ?? 0) > 0], ["sk-…ed-1", "http_401", true]);
  const listed = (await askAdmin(gateway, "GET", "/admin/jobs")).json;
  assert.equal(at(listed, "jobs.0.id"), at(json, "id"));
});

Deno.test("with a model it asks for a very short chat, of the selected keys alone", async () => {
  await using upstream = await fakeUpstream(vendor);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  await askAdmin(gateway, "POST", "/admin/pools/p/keys", GOOD[1]);
  const wish = { pool: "p", model: "m", which: { all: true }, perSecond: 1_000 };
  const { json } = await askAdmin(gateway, "POST", "/admin/jobs/key-test", wish);
  assert.deepEqual(at(await ended(gateway, at(json, "id")), "result.byClass"), { ok: 1 });
  const [only, ...others] = upstream.deliveries;
  assert.deepEqual([only?.target, others.length], ["/v1/chat/completions", 0]);
  assert.equal(JSON.parse(only?.text ?? "{}").max_tokens, 16);
});

Deno.test("a test is paused, resumed and cancelled", async () => {
  await using upstream = await fakeUpstream(vendor);
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const many = Array.from({ length: 50 }, (_, at) => `sk-one-of-many-keys-${at}`).join("\n");
  await askAdmin(gateway, "POST", "/admin/pools/p/keys", many);
  const wish = { pool: "p", concurrency: 1, perSecond: 10 };
  const id = at((await askAdmin(gateway, "POST", "/admin/jobs/key-test", wish)).json, "id");
  const steer = async (method: string, path = "") =>
    at((await askAdmin(gateway, method, `/admin/jobs/${id}${path}`)).json, "state");
  assert.equal(await steer("POST", "/pause"), "paused");
  assert.equal(await steer("POST", "/resume"), "running");
  await until(
    async () => Number(at((await askAdmin(gateway, "GET", `/admin/jobs/${id}`)).json, "done")) > 0,
    "it goes",
  );
  await steer("DELETE");
  const job = await ended(gateway, id);
  assert.equal(at(job, "state"), "cancelled");
  assert.ok(Number(at(job, "done")) < 51);
});
