import assert from "node:assert/strict";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_ANSWER, FAULTS } from "../../support/fake_upstream_script.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

/** Bodies at once, each of 1 MB, and the memory for requests: half of it is for bodies. */
const [BODIES, MEMORY_MB] = Deno.env.get("TIDEGATE_PROVE") === "1" ? [1_000, 256] : [60, 32];

const MB = 1024 * 1024;

const pool = (url: string) => ({
  name: "p",
  provider: "openai_compatible",
  upstreams: [`${url}/v1`],
  keys: ["sk-of-the-pool-0001"],
  models: ["m"],
});

interface Told {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly json: unknown;
}

async function post(gateway: TestGateway, path: string, body: BodyInit): Promise<Told> {
  const told = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body,
  });
  return { status: told.status, retryAfter: told.headers.get("retry-after"), json: await told.json() };
}

const bodyOf = (sizeBytes: number) =>
  `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"${"a".repeat(sizeBytes)}"}]}`;

Deno.test("bodies beyond the memory are told to come back, none is lost, and nobody is blamed", async (t) => {
  await using upstream = await fakeUpstream({
    steps: [{ do: "pause", forMs: 1_000 }, ...FAULTS.ok.steps],
  });
  await using gateway = await startGateway({
    config: { memory: { max: `${MEMORY_MB}MB` }, pools: [pool(upstream.url)] },
  });
  let mostBytes = 0;
  const watching = setInterval(() => {
    mostBytes = Math.max(mostBytes, gateway.server.gateway.holdings.bodyBytes);
  }, 5);
  const body = bodyOf(MB);
  const told = await Promise.all(
    Array.from({ length: BODIES }, () => post(gateway, "/v1/chat/completions", body)),
  );
  clearInterval(watching);
  const served = told.filter(({ status }) => status === 200);
  const refused = told.filter(({ status }) => status === 503);
  await t.step(`${served.length} served, ${refused.length} refused, ${mostBytes / MB} MB held`, () => {
    assert.equal(served.length + refused.length, BODIES);
    assert.ok(served.length >= MEMORY_MB / 2 - 1, "the room there is is used");
    assert.ok(refused.length > 0);
    assert.ok(mostBytes <= MEMORY_MB / 2 * MB);
  });
  for (const { retryAfter, json } of refused) {
    assert.ok(Number(retryAfter) >= 1);
    assert.equal(at(json, "error.code"), "overloaded");
  }
  assert.equal(upstream.deliveries.length, served.length, "what is refused costs no upstream anything");
  await gateway.records();
  assert.equal(gateway.server.gateway.holdings.bodyBytes, 0);
  upstream.script = FAULTS.ok;
  assert.equal((await post(gateway, "/v1/chat/completions", bodyOf(10))).status, 200);
  assert.doesNotMatch(gateway.logText(), /Marked (?:ejected|invalid)/);
});

Deno.test("a body that could never find room is too large, and one that finds none is refused in its own format", async () => {
  await using upstream = await fakeUpstream({ steps: [{ do: "stall" }] });
  await using gateway = await startGateway({
    config: { memory: { max: "16MB" }, pools: [pool(upstream.url)] },
  });
  assert.equal((await post(gateway, "/v1/chat/completions", bodyOf(9 * MB))).status, 413);
  const left = new AbortController();
  const holding = fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: bodyOf(7 * MB),
    signal: left.signal,
  }).catch(() => {});
  await until(() => upstream.deliveries.length === 1, "the first body is on its way");
  const chunked = new Blob([bodyOf(2 * MB)]).stream();
  for (const body of [bodyOf(2 * MB), chunked]) {
    const told = await post(gateway, "/v1/messages", body);
    assert.deepEqual([told.status, at(told.json, "type")], [529, "error"]);
    assert.equal(at(told.json, "error.type"), "overloaded_error");
  }
  left.abort();
  await holding;
  await until(() => gateway.server.gateway.inFlight === 0, "the first is over");
});

Deno.test("an answer that finds no room for its record passes whole, and the record still tells of it", async () => {
  const text = "b".repeat(6 * MB);
  const long = CHAT_ANSWER.replace("Hello world", text);
  await using upstream = await fakeUpstream(answer(long));
  await using gateway = await startGateway({
    config: { memory: { max: "16MB" }, pools: [pool(upstream.url)] },
  });
  const told = await post(gateway, "/v1/chat/completions", bodyOf(10));
  assert.equal(told.status, 200);
  assert.equal(at(told.json, "choices.0.message.content"), text);
  const [record] = await gateway.records();
  assert.equal(at(record, "outcome"), "ok");
  assert.equal(at(record, "response.sizeBytes"), long.length);
  const { bodyBytes, capturedBytes, answerBytes } = gateway.server.gateway.holdings;
  assert.deepEqual([bodyBytes, capturedBytes, answerBytes], [0, 0, 0]);
});

Deno.test("an answer that must be whole to be translated and finds no room is refused, and its key stays well", async () => {
  const long = CHAT_ANSWER.replace("Hello world", "b".repeat(6 * MB));
  await using upstream = await fakeUpstream(answer(long));
  await using gateway = await startGateway({
    config: { memory: { max: "16MB" }, pools: [pool(upstream.url)] },
  });
  const told = await post(gateway, "/v1/messages", bodyOf(10));
  assert.deepEqual([told.status, at(told.json, "error.type")], [529, "overloaded_error"]);
  assert.equal(told.retryAfter, "1");
  assert.equal(upstream.deliveries.length, 1, "asked again it would find no room either");
  upstream.script = FAULTS.ok;
  assert.equal((await post(gateway, "/v1/messages", bodyOf(10))).status, 200);
  assert.equal(gateway.server.gateway.holdings.answerBytes, 0);
  assert.doesNotMatch(gateway.logText(), /Marked (?:ejected|invalid)/);
});

Deno.test("a smaller bound is in force at once, and what is held already stays", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  const config = (max: string) => ({ memory: { max }, pools: [pool(upstream.url)] });
  await using gateway = await startGateway({ config: config("64MB"), asFile: true });
  assert.equal((await post(gateway, "/v1/chat/completions", bodyOf(10 * MB))).status, 200);
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(config("16MB")));
  await until(() => gateway.server.gateway.generation.number > 1, "the change is in force");
  assert.equal((await post(gateway, "/v1/chat/completions", bodyOf(10 * MB))).status, 413);
});
