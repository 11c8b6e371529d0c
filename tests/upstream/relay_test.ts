import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { openaiOther } from "../../src/formats/openai/openai_other.ts";
import type { CommitPolicy } from "../../src/upstream/answer/relay_options.ts";
import { MAX_HELD_ANSWER_BYTES } from "../../src/upstream/answer/whole_answer.ts";
import { arrayExchange } from "../support/array_exchange.ts";
import { attemptsSetup, candidateAt, LONG_DEADLINES } from "../support/attempts_setup.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { type FakeUpstream, fakeUpstream } from "../support/fake_upstream.ts";
import {
  answer,
  CHAT_ANSWER,
  CHAT_EVENTS,
  chatEvent,
  chunk,
  errorAnswer,
  eventStream,
  FAULTS,
  headStep,
  send,
} from "../support/fake_upstream_script.ts";
import { until } from "../support/until.ts";

const HOLD = { holdMs: 15_000, keepAliveMs: 10_000 };
const STREAM = CHAT_EVENTS.join("");

/** A run against one upstream after the other under hand-turned time. */
async function heldRun(...faults: Parameters<typeof fakeUpstream>[0][]) {
  const runtime = fakeRuntime();
  const stack = new AsyncDisposableStack();
  const setup = stack.use(attemptsSetup({ runtime }));
  const upstreams: FakeUpstream[] = [];
  for (const fault of faults) upstreams.push(stack.use(await fakeUpstream(fault)));
  const exchange = arrayExchange();
  const tiers = [upstreams.map(({ url }, index) => candidateAt(`e${index}`, url))];
  const deadlines = { ...LONG_DEADLINES, firstContentMs: 40_000, headersMs: 40_000, idleMs: 40_000 };
  const result = setup.run({ exchange, tiers, stream: true, hold: HOLD, deadlines });
  await until(() => upstreams[0]?.deliveries.length === 1, "the first was asked");
  return { runtime, setup, upstreams, exchange, result, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("nothing goes out while it is held; after 15 s the head and keep-alives do, and failover stays possible", async () => {
  await using run = await heldRun(FAULTS.streamStallBefore, FAULTS.okStream);
  const { runtime, exchange } = run;
  runtime.advance(14_999);
  assert.equal(exchange.answer.status, 0);
  runtime.advance(1);
  assert.equal(exchange.answer.status, 200);
  assert.equal(exchange.answer.headers["content-type"], "text/event-stream; charset=utf-8");
  assert.equal(exchange.answer.headers["x-accel-buffering"], "no");
  assert.equal(exchange.answer.headers["x-request-id"], "request-1");
  assert.equal(exchange.answer.headers["x-tidegate-upstream"], undefined);
  assert.equal(exchange.text(), ":\n");
  runtime.advance(10_000);
  assert.equal(exchange.text(), ":\n:\n");
  runtime.advance(15_000);
  const result = await run.result;
  assert.ok(exchange.text().endsWith(STREAM) && /^(?::\n)+data/.test(exchange.text()));
  assert.equal(run.setup.captured(), STREAM, "keep-alives are not the upstream's answer");
  assert.deepEqual(run.setup.learned, ["e0 broken", "e1 ok"]);
  assert.equal(result.outcome, "ok");
});

Deno.test("when all fail after keep-alives the error comes inside the stream, without an end mark", async () => {
  await using run = await heldRun(FAULTS.silent);
  run.runtime.advance(15_000);
  run.runtime.advance(25_000);
  const result = await run.result;
  assert.match(run.exchange.text(), /^(?::\n)+\n\ndata: \{"error":.*"code":"upstream_timeout".*\}\n\n$/);
  assert.ok(run.exchange.answer.ended && !run.exchange.answer.isCut);
  assert.equal(result.error, undefined);
  assert.equal(result.errorCode, "upstream_timeout");
  assert.equal(result.status, 200);
  assert.equal(result.outcome, "upstream_error");
});

Deno.test("a refusal after keep-alives comes inside the stream in the vendor's words", async () => {
  const late = Promise.withResolvers<void>();
  const refusal = errorAnswer(400, { code: "context_length_exceeded", message: "Too long: 9 > 8" });
  await using run = await heldRun({ steps: [{ do: "wait", until: late.promise }, ...refusal.steps] });
  run.runtime.advance(15_000);
  late.resolve();
  await run.result;
  assert.match(run.exchange.text(), /"message":"Too long: 9 > 8"[^]*"code":"context_length_exceeded"/);
  assert.ok(run.exchange.answer.ended);
});

Deno.test("after keep-alives only a stream can follow: a JSON answer counts as a failure and the next is asked", async () => {
  const late = Promise.withResolvers<void>();
  await using run = await heldRun(
    { steps: [{ do: "wait", until: late.promise }, ...FAULTS.ok.steps] },
    FAULTS.okStream,
  );
  run.runtime.advance(15_000);
  late.resolve();
  await run.result;
  assert.equal(run.exchange.text(), `:\n${STREAM}`);
  assert.equal(run.setup.outcomes[0]?.reason, "not_a_stream");
});

Deno.test("after content keep-alives come when the upstream is silent, never inside an event", async () => {
  const go = Promise.withResolvers<void>();
  const steps = [
    headStep(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
    chunk(CHAT_EVENTS[0] + chatEvent({ content: "one" })),
    chunk('data: {"id":'),
    { do: "wait", until: go.promise } as const,
    chunk('"x","choices":[]}\n\n'),
    chunk("data: [DONE]\n\n"),
    send("0\r\n\r\n"),
  ];
  await using run = await heldRun({ steps });
  const content = CHAT_EVENTS[0] + chatEvent({ content: "one" });
  await until(() => run.exchange.text() === content, "the content came");
  run.runtime.advance(9_999);
  assert.equal(run.exchange.text(), content);
  run.runtime.advance(10_001);
  assert.equal(run.exchange.text(), `${content}:\n:\n`);
  go.resolve();
  await run.result;
  assert.equal(run.exchange.text(), `${content}:\n:\ndata: {"id":"x","choices":[]}\n\ndata: [DONE]\n\n`);
});

Deno.test("a request that is not streamed gets no keep-alive, however long it takes", async () => {
  const runtime = fakeRuntime();
  await using setup = attemptsSetup({ runtime });
  const late = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream({
    steps: [{ do: "wait", until: late.promise }, ...FAULTS.ok.steps],
  });
  const exchange = arrayExchange();
  const deadlines = { ...LONG_DEADLINES, headersMs: 600_000 };
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], hold: HOLD, deadlines });
  await until(() => upstream.deliveries.length === 1, "it was asked");
  runtime.advance(500_000);
  assert.equal(exchange.answer.status, 0);
  late.resolve();
  await result;
  assert.equal(exchange.text(), CHAT_ANSWER);
});

/** Runs one request, not streamed by default, against one upstream. */
async function relayed(
  fault: Parameters<typeof fakeUpstream>[0],
  options: {
    stream?: boolean;
    request?: Parameters<typeof arrayExchange>[0];
    format?: typeof openaiOther;
    commit?: CommitPolicy;
  } = {},
) {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(fault);
  const exchange = arrayExchange(options.request);
  const tiers = [[candidateAt("e", upstream.url)]];
  const result = await setup.run({
    exchange,
    tiers,
    stream: options.stream ?? false,
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.commit === undefined ? {} : { commit: options.commit }),
  });
  return { exchange, result, setup };
}

function bytesOf(exchange: ReturnType<typeof arrayExchange>): Uint8Array {
  return new Uint8Array(exchange.answer.chunks.flatMap((each) => [...each]));
}

Deno.test("a stream in one-byte chunks with split characters, CRLF, comments and unknown events arrives unchanged", async () => {
  const text = ': hello\r\n\r\nevent: odd\r\ndata: {"n":12345678901234567890,"x":1.0}\r\n\r\n' +
    chatEvent({ content: "Grüße, 世界 🌍" }) + ":\n\n" + "data: [DONE]\n\n";
  const fault = eventStream([...new TextEncoder().encode(text)].map((byte) => new Uint8Array([byte])));
  const { exchange, result } = await relayed(fault, { stream: true });
  assert.equal(new TextDecoder().decode(bytesOf(exchange)), text);
  assert.equal(exchange.answer.headers["x-accel-buffering"], "no");
  assert.equal(exchange.answer.headers["content-length"], undefined);
  assert.equal(result.streamed, true);
});

Deno.test("answers compressed in spite of our wish pass as they are under their label", async () => {
  for (const [type, text] of [["application/json", CHAT_ANSWER], ["text/event-stream", STREAM]] as const) {
    const body = gzipSync(text);
    const fault = answer(body, { headers: { "content-type": type, "content-encoding": "gzip" } });
    const { exchange, result } = await relayed(fault, { stream: type === "text/event-stream" });
    assert.deepEqual(bytesOf(exchange), new Uint8Array(body));
    assert.equal(exchange.answer.headers["content-encoding"], "gzip");
    assert.equal(result.contentEncoding, "gzip");
    assert.equal(result.outcome, "ok");
  }
});

Deno.test("numbers, key order and white space of a JSON answer arrive unchanged, with its length", async () => {
  const text = ' {"b":12345678901234567890,\n"a":1.0,"error":null,"__proto__":{}} ';
  const { exchange } = await relayed(answer(text, { framing: "chunked", pieceBytes: 5 }));
  assert.equal(exchange.text(), text);
});

Deno.test("a JSON answer too large to hold passes as it comes", async () => {
  const text = `{"a":"${"x".repeat(MAX_HELD_ANSWER_BYTES + 100_000)}"}`;
  const { exchange, result } = await relayed(answer(text));
  assert.equal(exchange.text().length, text.length);
  assert.equal(result.whole, true);
});

Deno.test("a binary answer passes from its first byte on, with its length", async () => {
  const body = crypto.getRandomValues(new Uint8Array(50_000));
  const { exchange } = await relayed(answer(body, { headers: { "content-type": "audio/mpeg" } }));
  assert.deepEqual(bytesOf(exchange), body);
  assert.equal(exchange.answer.headers["content-length"], "50000");
  assert.equal(exchange.answer.headers["content-type"], "audio/mpeg");
});

const BODILESS: readonly [method: string, status: number, headers: HeaderFields][] = [
  ["DELETE", 204, {}],
  ["GET", 304, { "etag": '"1"' }],
  ["HEAD", 200, { "content-type": "application/json" }],
  ["GET", 200, {}],
];

for (const [method, status, headers] of BODILESS) {
  Deno.test(`an answer without a body is fine where it may have none: ${method} ${status}`, async () => {
    const fields = { ...headers, ...(status === 200 && method === "GET" ? { "content-length": "0" } : {}) };
    const { exchange, result } = await relayed({
      steps: [headStep(status, fields as Record<string, string>)],
    }, {
      request: { method, path: "/v1/files/f" },
      format: openaiOther,
    });
    assert.equal(exchange.answer.status, status);
    assert.ok(exchange.answer.ended);
    assert.equal(exchange.text(), "");
    assert.equal(result.outcome, "ok");
  });
}

Deno.test("a stored object that tells of an error of its own is an answer, not a failure", async () => {
  const text = '{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"x"}}';
  const request = { method: "GET", path: "/v1/batches/b" };
  const { exchange, result } = await relayed(answer(text), { request, format: openaiOther });
  assert.equal(exchange.text(), text);
  assert.equal(result.outcome, "ok");
});

/** Tells the key it was called with, in an error that no other endpoint would mend. */
const ECHO =
  'data: {"error":{"message":"bad Authorization: Bearer sk-e, é","code":"context_length_exceeded"}}\n\n';

for (const commit of ["content", "complete"] as const) {
  Deno.test(`an error event in a stream loses the upstream's key and nothing else, committed at ${commit}`, async () => {
    const text = chatEvent({ content: "one" }) + ECHO;
    const expected = text.replace("sk-e", "[redacted]");
    const bytes = new TextEncoder().encode(text);
    for (const pieces of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
      const { exchange, setup } = await relayed(eventStream(pieces), { stream: true, commit });
      assert.equal(exchange.text(), expected);
      assert.equal(setup.captured(), expected);
    }
  });
}

Deno.test("an unfinished event after the end mark, at which nobody looked, loses the key too", async () => {
  const text = STREAM + ECHO.trimEnd();
  const { exchange } = await relayed(eventStream([text]), { stream: true });
  assert.equal(exchange.text(), text.replace("sk-e", "[redacted]"));
});

Deno.test("an event stream under another label is read like any: cut in the middle it is told, whole it is unchanged", async () => {
  for (const type of ["text/plain; charset=utf-8", "application/octet-stream"]) {
    for (const pieceBytes of [1, 1000]) {
      const headers = { "content-type": type };
      const whole = await relayed(answer(STREAM, { headers, pieceBytes, framing: "chunked" }), {
        stream: true,
      });
      assert.equal(whole.exchange.text(), STREAM);
      assert.equal(whole.exchange.answer.headers["content-type"], type);
      assert.equal(whole.result.outcome, "ok");
      const half = chatEvent({ content: "one" });
      const cut = await relayed(answer(half, { headers, pieceBytes, framing: "chunked" }), { stream: true });
      assert.ok(cut.exchange.text().startsWith(`${half}`) && cut.exchange.text().includes('data: {"error"'));
      assert.deepEqual(cut.setup.learned, ["e broken"]);
    }
  }
});

Deno.test("content that happens to name the key passes as it came", async () => {
  const text = chatEvent({ content: "sk-e" }) + STREAM;
  const { exchange } = await relayed(eventStream([text]), { stream: true });
  assert.equal(exchange.text(), text);
});

Deno.test("an event without end passes in pieces and is never kept whole", async () => {
  await using setup = attemptsSetup();
  const line = new TextEncoder().encode("x".repeat(64 * 1024));
  await using upstream = await fakeUpstream({
    steps: [headStep(200, { "content-type": "text/event-stream", "connection": "close" }), {
      do: "endless",
      bytes: line,
    }],
  });
  const exchange = arrayExchange();
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], stream: true });
  await until(() => exchange.answer.chunks.length > 64, "it passes");
  assert.ok(Math.max(...exchange.answer.chunks.map(({ length }) => length)) <= 64 * 1024);
  exchange.leave();
  assert.equal((await result).outcome, "client_gone");
  await upstream.deliveries[0]?.closed;
});
