import assert from "node:assert/strict";
import { CATALOGUE } from "../../../src/server/metrics/catalogue.ts";
import { askChat } from "../../support/ask_chat.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, errorAnswer, eventStream, FAULTS } from "../../support/fake_upstream_script.ts";
import { CHAT_EVENTS } from "../../support/fake_upstream_script.ts";
import { readPrometheus, valueOf } from "../../support/metrics/read_prometheus.ts";
import { startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const TENANT_KEY = "tg-tenant-CANARY-0001";
const UPSTREAM_KEY = "sk-upstream-CANARY-0002";

const CALL = {
  ["gen_ai_operation_name"]: "chat",
  ["gen_ai_provider_name"]: "openai_compatible",
  pool: "main",
};

function configFor(...urls: readonly string[]) {
  return {
    tenants: [{ name: "web", keys: [TENANT_KEY] }],
    pools: [{
      ...{ name: "main", provider: "openai_compatible", models: ["m", "open-*"], affinity: "off" },
      balance: { strategy: "priority" },
      upstreams: urls.map((url, at) => {
        return { url, name: `u${at}`, keys: [{ key: `${UPSTREAM_KEY}-${at}`, priority: at }] };
      }),
    }],
  };
}

async function pageOf(gateway: TestGateway) {
  await gateway.server.gateway.idle();
  await gateway.server.flushRecords();
  const answer = await fetch(`${gateway.url}/metrics`);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return { text, page: readPrometheus(text) };
}

function ask(gateway: TestGateway, model = "m", stream = false, key = TENANT_KEY) {
  return askChat({ url: gateway.url, key, model, stream });
}

Deno.test("after two good answers, a failover, a client's mistake and a stranger the page says just that", async () => {
  const mistake = errorAnswer(400, { type: "invalid_request_error", message: "Bad parameter." });
  await using flaky = await fakeUpstream([FAULTS.ok, FAULTS.okStream, FAULTS.html502, mistake]);
  await using spare = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configFor(flaky.url, spare.url) });
  assert.ok((await ask(gateway)).ok);
  assert.ok((await ask(gateway, "m", true)).ok);
  assert.ok((await ask(gateway)).ok, "the second upstream answers");
  assert.equal((await ask(gateway)).status, 400);
  assert.equal((await ask(gateway, "m", false, "sk-stranger")).status, 401);
  const { page } = await pageOf(gateway);
  const requests = (outcome: string, status: string, tenant = "web", pool = "main") =>
    valueOf(page, "tidegate_requests_total", { tenant, format: "openai_chat", pool, outcome, status });
  assert.equal(requests("ok", "2xx"), 3);
  assert.equal(requests("upstream_error", "4xx"), 1);
  assert.equal(requests("rejected", "4xx", "none", "none"), 1);
  const attempts = (outcome: string) => valueOf(page, "tidegate_attempts_total", { pool: "main", outcome });
  assert.equal(attempts("ok"), 3);
  assert.equal(attempts("broken"), 1);
  assert.equal(attempts("client_fault"), 1);
  assert.equal(valueOf(page, "tidegate_errors_told_total", { code: "invalid_api_key" }), 1);
  const model = { ...CALL, ["gen_ai_request_model"]: "m" };
  assert.equal(valueOf(page, "gen_ai_server_request_duration_seconds_count", model), 3);
  assert.equal(valueOf(page, "gen_ai_server_time_to_first_token_seconds_count", model), 1);
  assert.equal(valueOf(page, "gen_ai_client_operation_duration_seconds_count", model), 3);
  const broken = { ...model, ["error_type"]: "broken" };
  assert.equal(valueOf(page, "gen_ai_client_operation_duration_seconds_count", broken), 1);
  const tokens = (kind: string) =>
    valueOf(page, "tidegate_tokens_total", { tenant: "web", pool: "main", model: "m", kind });
  assert.deepEqual([tokens("input"), tokens("output")], [6, 4], "of the two whole answers that tell them");
  assert.equal(valueOf(page, "tidegate_records_written_total"), 4);
  assert.equal(valueOf(page, "tidegate_endpoints", { pool: "main", state: "usable" }), 2);
});

Deno.test("every metric of the catalogue is on the page, and all that stands at something has a value", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configFor(upstream.url) });
  assert.ok((await ask(gateway)).ok);
  const { page } = await pageOf(gateway);
  assert.deepEqual([...page.keys()], CATALOGUE.map(({ shown }) => shown));
  for (const { shown, kind, labels } of CATALOGUE) {
    const isSure = kind === "gauge" || shown.startsWith("process_") ||
      (labels.length === 0 && kind === "counter");
    if (isSure) assert.ok((page.get(shown)?.samples.length ?? 0) > 0, shown);
  }
  const sure = { "tidegate_ready": 1, "tidegate_config_generation": 1, "tidegate_config_up_to_date": 1 };
  for (const [name, value] of Object.entries(sure)) assert.equal(valueOf(page, name), value, name);
  assert.ok((valueOf(page, "process_resident_memory_bytes") ?? 0) > 10_000_000);
  assert.ok((valueOf(page, "process_cpu_seconds_total") ?? 0) > 0);
  assert.equal(valueOf(page, "tidegate_requests_in_flight"), 0);
  assert.equal(valueOf(page, "tidegate_captured_bytes"), 0);
  assert.ok((valueOf(page, "tidegate_connections") ?? 0) >= 1);
});

Deno.test("no key, address or word of a client is on the page, whatever it sends and wherever", async () => {
  const told = errorAnswer(401, { message: `Incorrect API key: ${UPSTREAM_KEY}-0`, code: "CANARY_CODE" });
  await using upstream = await fakeUpstream([
    FAULTS.ok,
    told,
    answer(CHAT_ANSWER.replace('"m"', '"m-CANARY"')),
  ]);
  await using gateway = await startGateway({ config: configFor(upstream.url) });
  for (let at = 0; at < 20; at++) await ask(gateway, `open-CANARY-${at}`);
  await ask(gateway, "CANARY-unknown");
  await ask(gateway, "m", false, "sk-stranger-CANARY");
  const odd = await fetch(`${gateway.url}/v1/CANARY/path?CANARY=1`, {
    method: "POST",
    headers: { authorization: `Bearer ${TENANT_KEY}`, "user-agent": "CANARY", "x-request-id": "CANARY" },
    body: '{"model":"CANARY","user":"CANARY"}',
  });
  await odd.body?.cancel();
  const { text, page } = await pageOf(gateway);
  assert.doesNotMatch(text, /CANARY|127\.0\.0\.1|[a-z2-7]{16}/);
  for (const secret of [gateway.key, gateway.server.dataDir.adminToken.reveal()]) {
    assert.ok(!text.includes(secret));
  }
  const models = new Set([...page.values()].flatMap(({ samples }) => samples.map(({ labels }) => labels)))
    .values().map((labels) => labels["model"] ?? labels["gen_ai_request_model"]).filter((model) =>
      model !== undefined
    );
  assert.deepEqual([...new Set(models)].sort(), ["none", "other"]);
});

Deno.test("requests under way and what they hold are seen while they are", async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream(
    eventStream(CHAT_EVENTS.slice(0, 2), [
      { do: "wait", until: go.promise },
      ...eventStream(CHAT_EVENTS.slice(2)).steps.slice(1),
    ]),
  );
  await using gateway = await startGateway({ config: configFor(upstream.url) });
  const asked = ask(gateway, "m", true);
  await until(
    () => upstream.deliveries.length === 1 && gateway.server.gateway.holdings.capturedBytes > 0,
    "it runs",
  );
  const page = readPrometheus(await (await fetch(`${gateway.url}/metrics`)).text());
  assert.equal(valueOf(page, "tidegate_requests_in_flight"), 1);
  assert.equal(valueOf(page, "tidegate_pool_attempts_in_flight", { pool: "main" }), 1);
  assert.ok((valueOf(page, "tidegate_captured_bytes") ?? 0) > 0);
  assert.ok((valueOf(page, "tidegate_request_body_bytes") ?? 0) > 0);
  go.resolve();
  assert.ok((await asked).ok);
});

Deno.test("requests in their tenants' queues are seen while they wait", async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream({
    steps: [{ do: "wait", until: go.promise }, ...FAULTS.ok.steps],
  });
  const limited = {
    ...{ name: "web", keys: [TENANT_KEY], limits: { concurrency: 1 } },
    queue: { max: 5, wait: "30s" },
  };
  await using gateway = await startGateway({ config: { ...configFor(upstream.url), tenants: [limited] } });
  const asked = [ask(gateway), ask(gateway), ask(gateway)];
  const queued = async () => {
    const page = readPrometheus(await (await fetch(`${gateway.url}/metrics`)).text());
    return valueOf(page, "tidegate_requests_queued");
  };
  await until(async () => await queued() === 2, "one is served and two wait");
  go.resolve();
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
  assert.equal(await queued(), 0);
});

Deno.test("the page has an address of its own where the config says so, and there is none at the gateway's", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const metrics = { listen: "127.0.0.1:0", token: "read-me-0001" };
  await using gateway = await startGateway({ config: { ...configFor(upstream.url), metrics } });
  const { port } = gateway.server.metricsAddress ?? assert.fail("it has none");
  const own = `http://127.0.0.1:${port}`;
  const status = async (url: string, token?: string) => {
    const answer = await fetch(
      url,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await status(`${own}/metrics`), 401);
  assert.equal(await status(`${own}/metrics`, "read-me-0001"), 200);
  assert.equal(await status(`${own}/metrics`, gateway.server.dataDir.adminToken.reveal()), 200);
  assert.equal(await status(`${own}/v1/models`, TENANT_KEY), 404);
  assert.equal(await status(`${own}/readyz`), 404);
  assert.equal(await status(`${gateway.url}/metrics`, "read-me-0001"), 404);
});

Deno.test("a reload switches it off and on, and a refused config is seen", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configFor(upstream.url), asFile: true });
  const write = async (metrics: unknown) => {
    await Deno.writeTextFile(gateway.configFile, JSON.stringify({ ...configFor(upstream.url), metrics }));
    await gateway.server.reload();
  };
  await write({ enabled: "no" });
  const { page } = await pageOf(gateway);
  assert.equal(valueOf(page, "tidegate_config_up_to_date"), 0);
  assert.equal(valueOf(page, "tidegate_config_reloads_total", { result: "refused" }), 1);
  await write({ enabled: false });
  const off = await fetch(`${gateway.url}/metrics`);
  assert.equal(off.status, 404, await off.text());
  await write({ token: "read-me-0001" });
  const asked = await fetch(`${gateway.url}/metrics`);
  assert.equal(asked.status, 401);
  assert.equal(JSON.parse(await asked.text()).error.code, "missing_api_key");
});

Deno.test("where they have an address of their own, a reload that switches them on does so there, never at the gateway's", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const config = (enabled: boolean) =>
    JSON.stringify({ ...configFor(upstream.url), metrics: { enabled, listen: "127.0.0.1:0" } });
  await using gateway = await startGateway({ config: JSON.parse(config(false)), asFile: true });
  const { port } = gateway.server.metricsAddress ?? assert.fail("they have none");
  const statuses = () =>
    Promise.all([gateway.url, `http://127.0.0.1:${port}`].map(async (url) => {
      const answer = await fetch(`${url}/metrics`);
      await answer.body?.cancel();
      return answer.status;
    }));
  assert.deepEqual(await statuses(), [404, 404]);
  await Deno.writeTextFile(gateway.configFile, config(true));
  await gateway.server.reload();
  assert.deepEqual(await statuses(), [404, 200]);
});

Deno.test("a scraper with a stale token is told to wait, and shuts nobody on its machine out of the admin API", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: configFor(upstream.url) });
  const scrape = async () => {
    const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization: "Bearer stale" } });
    await answer.body?.cancel();
    return [answer.status, answer.headers.get("retry-after")];
  };
  for (let at = 0; at < 10; at++) assert.deepEqual(await scrape(), [401, null]);
  assert.deepEqual(await scrape(), [429, "60"]);
  assert.equal((await askGatewayAdmin(gateway, "/admin/status")).status, 200);
});

Deno.test("a refused attempt is no answer of 0 tokens", async () => {
  const refused = errorAnswer(400, { type: "invalid_request_error", message: "Bad parameter." });
  await using upstream = await fakeUpstream([answer(CHAT_ANSWER), refused, refused]);
  await using gateway = await startGateway({ config: configFor(upstream.url) });
  for (const status of [200, 400, 400]) assert.equal((await ask(gateway)).status, status);
  await gateway.records();
  const { text } = await pageOf(gateway);
  const counts = [...text.matchAll(/^gen_ai_client_token_usage_count\{[^}]*\} (\d+)$/gm)].map(([, n]) => n);
  assert.deepEqual(counts, ["1", "1"], "one for its input, one for its output");
});
