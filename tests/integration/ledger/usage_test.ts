import assert from "node:assert/strict";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import {
  answer,
  CHAT_ANSWER,
  CHAT_EVENTS,
  errorAnswer,
  eventStream,
} from "../../support/fake_upstream_script.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const WEB = "sk-web-tenant-key-000001";
const BATCH = "sk-batch-tenant-key-00001";
const USAGE =
  'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200}}\n\n';
const COUNTED = [...CHAT_EVENTS.slice(0, -1), USAGE, CHAT_EVENTS.at(-1) ?? ""];

const PLAIN = { model: "m", messages: [{ role: "user", content: "Hello" }] };

const configOf = (url: string, pool: object = {}, more: object = {}) => ({
  tenants: [
    { name: "web", keys: [WEB] },
    { name: "batch", keys: [BATCH], priceMultiplier: 2 },
  ],
  pools: [{
    ...{ name: "p", provider: "openai_compatible", upstreams: [url], keys: ["sk-up"], models: ["m"] },
    ...pool,
  }],
  prices: { m: { input: 1, output: 10 } },
  ...more,
});

function ask(gateway: TestGateway, body: object = {}, key = WEB, signal?: AbortSignal): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...PLAIN, ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Rows of `GET /admin/usage`. */
async function usage(gateway: TestGateway, query = "by=tenant"): Promise<Record<string, unknown>[]> {
  await gateway.server.gateway.idle();
  gateway.server.gateway.settleAccounts();
  const token = gateway.server.dataDir.adminToken.reveal();
  const response = await fetch(`${gateway.url}/admin/usage?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  return (await response.json()).rows;
}

Deno.test("usage and cost are known with records off, of whole and of streamed answers", async () => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  await using gateway = await startGateway({
    config: configOf(upstream.url, {}, { records: { enabled: false } }),
  });
  await (await ask(gateway)).text();
  upstream.script = eventStream(COUNTED);
  const text = await (await ask(gateway, { stream: true })).text();
  assert.doesNotMatch(text, /"usage":\{/);
  assert.match(text, /Hello[^]*\[DONE\]/);
  const [row] = await usage(gateway);
  assert.deepEqual(
    [row?.["requests"], row?.["inputTokens"], row?.["outputTokens"], row?.["estimated"]],
    [2, 1_003, 202, 0],
  );
  assert.equal(row?.["costUsd"], (1_003 + 2_020) / 1e6);
});

Deno.test("a client that asks for its usage gets it", async () => {
  await using upstream = await fakeUpstream(eventStream(COUNTED));
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const streamed = { stream: true, "stream_options": { include_usage: true } };
  assert.match(await (await ask(gateway, streamed)).text(), /"prompt_tokens":1000/);
});

Deno.test("an upstream that refuses the flag is asked again without it, and never with it again", async () => {
  const plain = JSON.stringify({ ...PLAIN, stream: true }).length;
  await using upstream = await fakeUpstream(({ headers }) =>
    Number(headers["content-length"]) > plain
      ? errorAnswer(400, { message: "Unknown parameter: 'stream_options'.", type: "invalid_request_error" })
      : eventStream(CHAT_EVENTS)
  );
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  for (const attempts of ["2", "1"]) {
    const response = await ask(gateway, { stream: true });
    assert.match(await response.text(), /\[DONE\]/);
    assert.equal(response.headers.get("x-tidegate-attempts"), attempts);
  }
  const [row] = await usage(gateway);
  assert.deepEqual([row?.["requests"], row?.["attempts"], row?.["estimated"]], [2, 3, 2]);
});

Deno.test("with inject off a request stays as it is, and its cost is estimated", async () => {
  await using upstream = await fakeUpstream(eventStream(CHAT_EVENTS));
  await using gateway = await startGateway({
    config: configOf(upstream.url, {}, { usage: { inject: false } }),
  });
  await (await ask(gateway, { stream: true })).text();
  assert.doesNotMatch(new TextDecoder().decode(upstream.deliveries[0]?.body), /stream_options/);
  const [row] = await usage(gateway);
  assert.equal(row?.["estimated"], 1);
});

Deno.test("a refused attempt costs nothing, the one that answered does; the record tells both", async () => {
  let calls = 0;
  await using upstream = await fakeUpstream(() => ++calls === 1 ? errorAnswer(500, {}) : answer(CHAT_ANSWER));
  await using gateway = await startGateway({
    config: configOf(upstream.url, { keys: ["sk-up", "sk-up-2"] }),
  });
  await (await ask(gateway)).text();
  const record = (await gateway.records()).at(-1);
  assert.deepEqual(at(record, "attempts.0.usage"), { inputTokens: 0, outputTokens: 0 });
  assert.equal(at(record, "attempts.1.provenance"), "reported");
  assert.equal(at(record, "costUsd"), 23e-6);
  const rows = await usage(gateway, "by=key");
  assert.deepEqual(rows.map((row) => row["costUsd"]), [23e-6, 0]);
});

for (const drained of [false, true]) {
  Deno.test(`a client that leaves ${drained ? "with a drain costs what the vendor says" : "is estimated"}`, async () => {
    const first = COUNTED.slice(0, 2);
    const rest = COUNTED.slice(2).map((bytes) => ({ do: "send", bytes: frame(bytes) }) as const);
    const script = eventStream(first, [{ do: "pause", forMs: 300 }, ...rest, {
      do: "send",
      bytes: new TextEncoder().encode("0\r\n\r\n"),
    }]);
    await using upstream = await fakeUpstream(script);
    const pool = drained ? { drain: { maxTime: "5s" } } : {};
    await using gateway = await startGateway({ config: configOf(upstream.url, pool) });
    const leave = new AbortController();
    const response = await ask(gateway, { stream: true }, WEB, leave.signal);
    await response.body?.getReader().read();
    leave.abort();
    const { gateway: { inFlight } } = gateway.server;
    await until(() => gateway.server.gateway.inFlight === 0, `nothing is under way (${inFlight} were)`);
    const word = drained ? "outputTokens" : "estimated";
    await until(async () => {
      const token = gateway.server.dataDir.adminToken.reveal();
      const headers = { authorization: `Bearer ${token}` };
      const { rows } = await (await fetch(`${gateway.url}/admin/usage`, { headers })).json();
      return rows[0]?.[word] === (drained ? 200 : 1);
    }, "the attempt is in the ledger");
  });
}

/** A chunk of a chunked body. */
function frame(text: string): Uint8Array {
  const size = new TextEncoder().encode(text).length.toString(16);
  return new TextEncoder().encode(`${size}\r\n${text}\r\n`);
}

Deno.test("a tenant asks for its own spending with its own key, and sees nobody else's", async () => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  for (const key of [WEB, BATCH, BATCH]) await (await ask(gateway, {}, key)).text();
  await usage(gateway);
  const told = async (path: string, key: string) => {
    const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, body: await response.json() };
  };
  for (const prefix of ["", "/v1"]) {
    const web = await told(
      `${prefix}/dashboard/billing/usage?start_date=2026-01-01&end_date=2999-01-01`,
      WEB,
    );
    assert.equal(web.status, 200);
    assert.ok(Math.abs(web.body.total_usage - 23e-4) < 1e-9, JSON.stringify(web.body));
    const batch = await told(`${prefix}/dashboard/billing/usage`, BATCH);
    assert.ok(Math.abs(batch.body.total_usage - 2 * 2 * 23e-4) < 1e-9, JSON.stringify(batch.body));
    const limit = await told(`${prefix}/dashboard/billing/subscription`, WEB);
    assert.equal(limit.body.hard_limit_usd, 100_000_000);
    assert.equal((await told(`${prefix}/dashboard/billing/usage`, "sk-nobody")).status, 401);
    assert.equal((await told(`${prefix}/dashboard/billing/usage?start_date=x`, WEB)).status, 400);
  }
});

Deno.test("a tenant made at run time sees its own budget and spending, with any of its keys, and nobody else's", async () => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  await using gateway = await startGateway({ config: configOf(upstream.url) });
  const headers = { authorization: `Bearer ${gateway.server.dataDir.adminToken.reveal()}` };
  const make = async (path: string, body: object) => {
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${gateway.url}/admin/tenants${path}`, init);
    return String(at(await response.json(), "key"));
  };
  const first = await make("", { name: "acme", limits: { budget: { usd: 7, per: "month" } } });
  const second = await make("/acme/keys", {});
  for (const key of [first, second, WEB]) await (await ask(gateway, {}, key)).text();
  await usage(gateway);
  for (const key of [first, second]) {
    const told = async (path: string) => {
      const own = { authorization: `Bearer ${key}` };
      return await (await fetch(`${gateway.url}/v1/dashboard/billing/${path}`, { headers: own })).json();
    };
    const { total_usage: cents } = await told("usage");
    assert.ok(Math.abs(cents - 2 * 23e-4) < 1e-9, String(cents));
    assert.equal((await told("subscription")).hard_limit_usd, 7);
  }
});

Deno.test("totals are there after a restart", async () => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    for (const requests of [1, 2]) {
      await using gateway = await startGateway({ config: configOf(upstream.url), dataDir });
      await (await ask(gateway)).text();
      const [row] = await usage(gateway);
      assert.equal(row?.["requests"], requests);
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
