import assert from "node:assert/strict";
import type { Candidate } from "../../../../src/balancing/endpoint.ts";
import { EndpointLoad } from "../../../../src/balancing/endpoint_load.ts";
import { HealthBoard } from "../../../../src/balancing/health.ts";
import { silentLog } from "../../../../src/core/log.ts";
import { memoryObserver } from "../../../../src/core/observe.ts";
import type { Outcome } from "../../../../src/core/outcome.ts";
import { Secret } from "../../../../src/core/secret.ts";
import { systemRuntime } from "../../../../src/core/time/system_runtime.ts";
import { KeyTest } from "../../../../src/operations/keys/testing/key_test.ts";
import { memory } from "../../../../src/stores/memory.ts";
import { WriteBehind } from "../../../../src/stores/write_behind.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";

const OK: Outcome = { class: "ok", reason: "ok" };
const REFUSED: Outcome = { class: "key_invalid", reason: "http_401", explicit: true };
const VAGUE: Outcome = { class: "key_invalid", reason: "http_401" };
const LIMITED: Outcome = { class: "rate_limited", reason: "http_429" };

function candidate(number: number): Candidate {
  const endpoint = {
    id: `endpoint-${number}`,
    pool: "p",
    provider: "openai_compatible",
    upstream: { name: "host", url: "http://host/v1" },
    key: { secret: new Secret(`sk-${number}`), name: `k${number}`, fingerprint: `print${number}` },
    weight: 1,
    priority: 0,
    models: undefined,
    scopes: { key: `key:${number}`, group: `key:${number}`, upstream: "upstream:host" },
    load: new EndpointLoad(),
  };
  return { endpoint, weight: 1, model: undefined };
}

/** Runs a test whose keys come to these outcomes, in order; it is cancelled while key number `cancelAt` is asked. */
async function testOf(outcomes: readonly Outcome[], cancelAt = Infinity) {
  const runtime = fakeRuntime();
  const parts = { runtime, log: silentLog, observer: memoryObserver() };
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const health = new HealthBoard({ ...parts, state: new WriteBehind({ ...parts, store }) });
  const stop = new AbortController();
  let asked = 0;
  const test = new KeyTest({
    runtime: { ...systemRuntime(), monotonic: () => 0 },
    health,
    candidates: outcomes.map((_, number) => candidate(number)),
    pace: { concurrency: 1, perSecond: Infinity },
    ask: () => {
      if (asked === cancelAt) stop.abort();
      return Promise.resolve(outcomes[asked++] ?? OK);
    },
  });
  let done = 0;
  await test.run({
    signal: stop.signal,
    mayGoOn: () => Promise.resolve(!stop.signal.aborted),
    advance: (steps) => void (done += steps),
  });
  assert.equal(done, Math.min(outcomes.length, cancelAt + 1));
  return {
    result: test.result(),
    invalid: [...health.marks()].map(({ scope, state }) => `${scope} ${state}`),
  };
}

Deno.test("keys that are refused explicitly become invalid, whether the upstream passes another before or after", async () => {
  const { result, invalid } = await testOf([REFUSED, OK, REFUSED, VAGUE, LIMITED]);
  assert.deepEqual(result.byClass, { key_invalid: 3, ok: 1, rate_limited: 1 });
  assert.deepEqual([result.marked, result.withheld], [2, 0]);
  assert.deepEqual(invalid.sort(), ["key:0 invalid", "key:2 invalid"]);
  assert.deepEqual(result.failed.map(({ key }) => key), ["print0", "print2", "print3", "print4"]);
});

Deno.test("an upstream that refuses all keys costs none of them", async () => {
  const { result, invalid } = await testOf([REFUSED, REFUSED, REFUSED, REFUSED, LIMITED]);
  assert.deepEqual([result.marked, result.withheld], [0, 4]);
  assert.deepEqual(invalid, []);
});

Deno.test("where there are too few keys to tell, each refusal counts", async () => {
  assert.deepEqual((await testOf([REFUSED, REFUSED])).invalid.length, 2);
});

Deno.test("hundreds of dead keys among good ones are marked, and the upstream is not suspected", async () => {
  const { result, invalid } = await testOf(
    Array.from({ length: 400 }, (_, at) => at % 40 === 0 ? OK : REFUSED),
  );
  assert.equal(result.marked, 390);
  assert.ok(invalid.every((mark) => mark.startsWith("key:")));
});

Deno.test("a test that is cancelled after few refusals of many keys marks none of them: the rest might have been refused too", async () => {
  for (const cancelAt of [0, 1, 2]) {
    const { result, invalid } = await testOf(Array.from({ length: 100 }, () => REFUSED), cancelAt);
    assert.deepEqual([result.marked, result.withheld, invalid], [0, cancelAt + 1, []]);
  }
});

Deno.test("a test that is cancelled keeps what it marked at an upstream that passes keys", async () => {
  const { result, invalid } = await testOf([REFUSED, OK, REFUSED, REFUSED, OK], 2);
  assert.deepEqual([result.marked, result.withheld], [2, 0]);
  assert.deepEqual(invalid.sort(), ["key:0 invalid", "key:2 invalid"]);
});
