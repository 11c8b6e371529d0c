import assert from "node:assert/strict";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { makeLog } from "../../../src/core/log.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { openai } from "../../../src/providers/openai.ts";
import type { Call, CallHandler, CallRequest, CallStarter } from "../../../src/upstream/call.ts";
import type { ActiveProbe } from "../../../src/upstream/probes/probe_policy.ts";
import { Prober } from "../../../src/upstream/probes/prober.ts";
import { candidateAt } from "../../support/attempts_setup.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const POLICY: ActiveProbe = {
  mode: "active",
  method: "GET",
  path: "/v1/models",
  expect: [[200, 299]],
  everyMs: 30_000,
  timeoutMs: 10_000,
};

/** A caller whose calls wait to be answered by the test. */
class HeldCalls implements CallStarter {
  readonly calls: { request: CallRequest; handler: CallHandler; aborted: boolean }[] = [];

  startCall(request: CallRequest, handler: CallHandler): Call {
    const call = { request, handler, aborted: false };
    this.calls.push(call);
    return { pause() {}, resume() {}, abort: () => void (call.aborted = true) };
  }

  /** Answers the oldest call that waits. */
  answer(status: number, body = "{}"): void {
    const call = this.calls.find(({ aborted }) => !aborted);
    assert.ok(call, "a probe was expected");
    call.handler.sent();
    call.handler.head(status, { "content-type": "application/json" });
    call.handler.data(new TextEncoder().encode(body));
    call.handler.end();
  }

  get waiting(): number {
    return this.calls.filter(({ aborted }) => !aborted).length;
  }
}

/** A prober over a book in which `marked` scopes want a probe. */
function setup() {
  const runtime = fakeRuntime();
  const caller = new HeldCalls();
  const marked = new Set<string>();
  const probed: string[] = [];
  const prober = new Prober({
    runtime,
    caller,
    health: {
      wantsProbe: ({ endpoint: { scopes } }: Candidate) =>
        [scopes.key, scopes.upstream].filter((scope) => marked.has(scope)),
      probed: ({ endpoint }: Candidate, outcome: Outcome) =>
        void probed.push(`${endpoint.id} ${outcome.class} ${outcome.reason}`),
    },
    providerOf: () => openai,
    log: makeLog(() => 0, () => {}),
    observer: memoryObserver(),
  });
  return { runtime, caller, marked, probed, prober };
}

const poolOf = (candidates: readonly Candidate[], policy: Partial<ActiveProbe> = {}) => ({
  name: "p",
  policy: { ...POLICY, ...policy },
  candidates,
  rules: [],
});

const candidates = (count: number) =>
  Array.from({ length: count }, (_, index) => candidateAt(`k${index}`, "http://a.test/v1"));

/** Lets what was promised so far happen. */
const settled = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

Deno.test("what is well is never probed", () => {
  const { runtime, caller, prober } = setup();
  using _ = prober;
  prober.configure([poolOf(candidates(3))]);
  runtime.advance(600_000);
  assert.equal(caller.calls.length, 0);
});

Deno.test("a marked key is asked with its own credential, once a round, and what it said is taken in", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  using _ = prober;
  prober.configure([poolOf(candidates(3))]);
  marked.add("key/k1");
  runtime.advance(29_999);
  assert.equal(caller.calls.length, 0);
  runtime.advance(1);
  assert.deepEqual(
    caller.calls.map(({ request: { method, url, headers } }) =>
      `${method} ${url} ${headers["authorization"]}`
    ),
    ["GET http://a.test/v1/models Bearer sk-k1"],
  );
  caller.answer(200);
  await settled();
  assert.deepEqual(probed, ["k1 ok ok"]);
});

Deno.test("an ejected upstream is asked once for all its keys", () => {
  const { runtime, caller, marked, prober } = setup();
  using _ = prober;
  prober.configure([poolOf(candidates(50))]);
  marked.add("upstream/http://a.test/v1");
  runtime.advance(30_000);
  assert.equal(caller.calls.length, 1);
});

const ANSWERS: readonly [what: string, answer: (calls: HeldCalls) => void, expected: string][] = [
  ["an expected status", (calls) => calls.answer(204), "k0 ok ok"],
  [
    "a refused key",
    (calls) => calls.answer(401, '{"error":{"code":"invalid_api_key"}}'),
    "k0 key_invalid http_401",
  ],
  ["a server error", (calls) => calls.answer(500), "k0 broken http_500"],
  ["a status nobody expects", (calls) => calls.answer(299), "k0 broken unexpected_answer"],
  [
    "a page",
    (calls) => {
      const [call] = calls.calls;
      call?.handler.head(200, { "content-type": "text/html" });
      call?.handler.end();
    },
    "k0 broken html",
  ],
  [
    "a connection that fails",
    (calls) => calls.calls[0]?.handler.failed({ kind: "refused", sent: false }),
    "k0 unreachable refused",
  ],
  [
    "an answer without end",
    (calls) => {
      const [call] = calls.calls;
      call?.handler.head(200, { "content-type": "application/json" });
      for (let piece = 0; piece < 9; piece++) call?.handler.data(new Uint8Array(8_192));
    },
    "k0 ok ok",
  ],
];

for (const [what, answer, expected] of ANSWERS) {
  Deno.test(`a probe that meets ${what} comes to ${expected}`, async () => {
    const { runtime, caller, marked, probed, prober } = setup();
    using _ = prober;
    const expect = [[200, 204]] as const;
    prober.configure([poolOf(candidates(1), { expect })]);
    marked.add("key/k0");
    runtime.advance(30_000);
    answer(caller);
    await settled();
    assert.deepEqual(probed, [expected]);
    assert.equal(caller.waiting, 0, "the call is let go");
  });
}

Deno.test("a probe without an answer is over after its time, and the next round comes all the same", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  using _ = prober;
  prober.configure([poolOf(candidates(1))]);
  marked.add("key/k0");
  runtime.advance(30_000);
  runtime.advance(10_000);
  await settled();
  assert.deepEqual(probed, ["k0 unreachable total_timeout"]);
  await settled();
  runtime.advance(30_000);
  assert.equal(caller.calls.length, 2);
});

Deno.test("at most four probes are under way, and at most a hundred go out in a round", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  using _ = prober;
  const keys = candidates(150);
  for (const { endpoint } of keys) marked.add(endpoint.scopes.key);
  prober.configure([poolOf(keys)]);
  runtime.advance(30_000);
  for (let asked = 4; asked <= 100; asked++) {
    assert.equal(caller.waiting, 4);
    assert.equal(caller.calls.length, asked);
    caller.answer(200);
    await settled();
  }
  while (caller.waiting > 0) caller.answer(200);
  await settled();
  assert.equal(probed.length, 100);
  await settled();
  runtime.advance(30_000);
  assert.equal(
    caller.calls[100]?.request.headers["authorization"],
    "Bearer sk-k100",
    "the rest is first now",
  );
});

Deno.test("a change of keys neither puts a round off, nor its position back, nor its outcomes away", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  using _ = prober;
  const keys = candidates(150);
  for (const { endpoint } of keys) marked.add(endpoint.scopes.key);
  prober.configure([poolOf(keys)]);
  runtime.advance(20_000);
  const fewer = keys.slice(1);
  prober.configure([poolOf(fewer)]);
  runtime.advance(10_000);
  assert.equal(caller.waiting, 4, "the round is due all the same");
  prober.configure([poolOf(keys.slice(2))]);
  while (caller.waiting > 0) {
    caller.answer(200);
    await settled();
  }
  assert.equal(probed.length, 99, "what the second key said is of no use any more");
  assert.ok(!probed.some((line) => line.startsWith("k1 ")));
  await settled();
  prober.configure([poolOf(keys.slice(2))]);
  runtime.advance(30_000);
  const asked = caller.calls[100]?.request.headers["authorization"];
  assert.equal(asked, "Bearer sk-k101", "the rest is first, where the first hundred were k1 to k100");
});

Deno.test("another policy begins anew: a whole interval from then, and nothing is learnt of probes by the old", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  using _ = prober;
  marked.add("key/k0");
  prober.configure([poolOf(candidates(1))]);
  runtime.advance(30_000);
  prober.configure([poolOf(candidates(1), { everyMs: 50_000 })]);
  caller.answer(200);
  await settled();
  assert.deepEqual(probed, []);
  runtime.advance(49_999);
  assert.equal(caller.calls.length, 1);
  runtime.advance(1);
  assert.equal(caller.calls.length, 2);
});

Deno.test("a new configuration ends the rounds of the one before, and nothing is learnt of its probes", async () => {
  const { runtime, caller, marked, probed, prober } = setup();
  prober.configure([poolOf(candidates(1))]);
  marked.add("key/k0");
  runtime.advance(30_000);
  prober.configure([]);
  caller.answer(200);
  await settled();
  assert.deepEqual(probed, []);
  prober.configure([poolOf(candidates(1))]);
  prober[Symbol.dispose]();
  runtime.advance(600_000);
  assert.equal(caller.calls.length, 1);
});
