import assert from "node:assert/strict";
import type { Exchange } from "../../../src/core/exchange.ts";
import type { AttemptsResult } from "../../../src/upstream/attempts.ts";
import { WRITE_STALL_MS } from "../../../src/upstream/answer/client_answer.ts";
import { arrayExchange } from "../../support/array_exchange.ts";
import { type AttemptsSetup, attemptsSetup, candidateAt } from "../../support/attempts_setup.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { type FakeUpstream, fakeUpstream } from "../../support/fake_upstream.ts";
import {
  CHAT_EVENTS,
  chatEvent,
  chunk,
  errorAnswer,
  type Fault,
  FAULTS,
  headStep,
} from "../../support/fake_upstream_script.ts";
import { rawClient } from "../../support/raw_client.ts";
import { testListener } from "../../support/test_listener.ts";
import { until } from "../../support/until.ts";

const POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

/** A listener whose requests all go to one upstream, and what each came to. */
async function gatewayTo(upstream: FakeUpstream, setup: AttemptsSetup, stream: boolean) {
  const results: AttemptsResult[] = [];
  const dataPlane = async (exchange: Exchange) => {
    const result = await setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], stream });
    if (result.error !== undefined && !exchange.gone) {
      exchange.head(result.error.status, {});
      exchange.end();
    }
    results.push(result);
  };
  const listener = await testListener({ dataPlane });
  return { results, port: listener.port, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

const PHASES: readonly { name: string; fault: Fault; stream: boolean; received: string }[] = [
  { name: "before the head", fault: FAULTS.silent, stream: true, received: "" },
  { name: "before the head, not streamed", fault: FAULTS.silent, stream: false, received: "" },
  { name: "while a stream is held", fault: FAULTS.streamStallBefore, stream: true, received: "" },
  { name: "while an answer is held", fault: FAULTS.stallAfterHead, stream: false, received: "" },
  { name: "after content", fault: FAULTS.streamStallAfter, stream: true, received: "Hello" },
];

for (const { name, fault, stream, received } of PHASES) {
  Deno.test(`a client that leaves ${name} closes the upstream connection within 100 ms`, async () => {
    await using setup = attemptsSetup();
    await using upstream = await fakeUpstream(fault);
    await using gateway = await gatewayTo(upstream, setup, stream);
    const client = await rawClient(gateway.port);
    await client.send(POST);
    await until(
      () => upstream.deliveries.length === 1 && client.received.includes(received),
      "it is under way",
    );
    const leftMs = performance.now();
    client.close();
    await upstream.deliveries[0]?.closed;
    const tookMs = performance.now() - leftMs;
    assert.ok(tookMs < 100, `it took ${tookMs.toFixed(1)} ms`);
    await until(() => gateway.results.length === 1, "it is over");
    assert.equal(gateway.results[0]?.outcome, "client_gone");
    assert.equal(gateway.results[0]?.status, received === "" ? 499 : 200);
    assert.equal(gateway.results[0]?.records.length, 1);
    assert.deepEqual(setup.learned, ["e client_gone"]);
  });
}

Deno.test("a client that leaves during a pause between attempts is not tried for again", async () => {
  const runtime = fakeRuntime();
  await using setup = attemptsSetup({ runtime });
  await using upstream = await fakeUpstream(errorAnswer(500, {}));
  const exchange = arrayExchange();
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]] });
  await until(() => setup.learned.length === 1, "the first attempt failed");
  exchange.leave();
  assert.equal((await result).outcome, "client_gone");
  assert.equal(upstream.deliveries.length, 1);
});

Deno.test("a client that closes when it has seen the end mark was answered whole", async () => {
  await using setup = attemptsSetup();
  const steps = FAULTS.okStream.steps.slice(0, -1);
  await using upstream = await fakeUpstream({ steps: [...steps, { do: "stall" }] });
  await using gateway = await gatewayTo(upstream, setup, true);
  const client = await rawClient(gateway.port);
  await client.send(POST);
  await until(() => client.received.includes("[DONE]"), "the end mark came");
  client.close();
  await until(() => gateway.results.length === 1, "it is over");
  assert.equal(gateway.results[0]?.outcome, "ok");
  assert.equal(gateway.results[0]?.whole, true);
  assert.deepEqual(setup.learned, ["e ok"]);
});

/** An endless, valid chat stream in events of 32 KB. */
function endlessStream(): Fault {
  const event = chunk(chatEvent({ content: "x".repeat(32 * 1024) }));
  assert.ok(event.do === "send");
  const head = headStep(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });
  return { steps: [head, chunk(CHAT_EVENTS[0] ?? ""), { do: "endless", bytes: event.bytes }] };
}

Deno.test("a client that reads slowly slows the upstream: nothing piles up in between", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(endlessStream());
  await using gateway = await gatewayTo(upstream, setup, true);
  const client = await rawClient(gateway.port, { isReading: false });
  await client.send(POST);
  const heldUp = () => (upstream.deliveries[0]?.unsentBytes() ?? 0) > 0;
  await until(heldUp, "the upstream is held up");
  const before = Deno.memoryUsage().rss;
  let turns = 0;
  await until(() => ++turns > 50 && heldUp(), "it stays held up");
  const grownBytes = Deno.memoryUsage().rss - before;
  assert.ok(grownBytes < 32 * 1024 * 1024, `memory grew by ${grownBytes} bytes`);
  client.close();
  await upstream.deliveries[0]?.closed;
  await until(() => gateway.results.length === 1, "it is over");
});

/** An exchange whose client takes nothing until `take` is called. */
function stoppedExchange() {
  const exchange = arrayExchange();
  let drained = Promise.withResolvers<void>();
  const { write } = exchange;
  exchange.write = (bytes) => {
    write(bytes);
    return false;
  };
  exchange.drained = () => drained.promise;
  const take = () => {
    const taken = drained;
    drained = Promise.withResolvers<void>();
    taken.resolve();
  };
  return { exchange, take };
}

Deno.test("a client that takes nothing for a minute is cut off; one that takes a little goes on", async () => {
  const runtime = fakeRuntime();
  await using setup = attemptsSetup({ runtime });
  await using upstream = await fakeUpstream(endlessStream());
  const { exchange, take } = stoppedExchange();
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], stream: true });
  const written = () => exchange.answer.chunks.length;
  await until(() => written() === 1, "the first bytes were written");
  for (let round = 2; round < 6; round++) {
    runtime.advance(WRITE_STALL_MS - 1);
    assert.equal(exchange.answer.isCut, false);
    take();
    await until(() => written() === round, "more was written");
  }
  runtime.advance(WRITE_STALL_MS);
  const { outcome } = await result;
  assert.equal(outcome, "client_gone");
  assert.ok(exchange.answer.isCut);
  await upstream.deliveries[0]?.closed;
});

Deno.test("an answer is over when the client has taken it, not when the upstream has ended", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.okStream);
  const { exchange, take } = stoppedExchange();
  let isOver = false;
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], stream: true })
    .finally(() => isOver = true);
  await until(() => exchange.answer.chunks.length > 0, "the first bytes were written");
  await until(() => {
    take();
    return isOver;
  }, "all was taken");
  assert.equal((await result).outcome, "ok");
  assert.equal(exchange.text(), CHAT_EVENTS.join(""));
  assert.ok(exchange.answer.ended);
});

Deno.test("a client lost while the last bytes wait was not answered", async () => {
  await using setup = attemptsSetup();
  await using upstream = await fakeUpstream(FAULTS.okStream);
  const { exchange } = stoppedExchange();
  const result = setup.run({ exchange, tiers: [[candidateAt("e", upstream.url)]], stream: true });
  await until(() => exchange.answer.chunks.length > 0, "the first bytes were written");
  exchange.leave();
  const { outcome, whole } = await result;
  assert.equal(outcome, "client_gone");
  assert.equal(whole, false);
});

Deno.test("a thousand streams at once arrive whole, each its own", async () => {
  await using setup = attemptsSetup();
  const start = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream((delivery) => {
    const text = `answer to ${delivery.headers["x-number"]}`;
    return {
      steps: [
        headStep(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
        chunk(CHAT_EVENTS[0] ?? ""),
        { do: "wait", until: start.promise },
        chunk(chatEvent({ content: text })),
        chunk(chatEvent({}, "stop") + "data: [DONE]\n\n"),
        { do: "send", bytes: new TextEncoder().encode("0\r\n\r\n") },
      ],
    };
  });
  const exchanges = Array.from(
    { length: 1000 },
    (_, number) => arrayExchange({ headers: { "x-number": String(number) } }),
  );
  const candidate = candidateAt("e", upstream.url);
  const results = exchanges.map((exchange) => setup.run({ exchange, tiers: [[candidate]], stream: true }));
  await until(() => upstream.deliveries.length === 1000, "all are under way");
  assert.equal(candidate.endpoint.load.inFlight, 1000);
  start.resolve();
  for (const result of await Promise.all(results)) assert.equal(result.outcome, "ok");
  exchanges.forEach((exchange, number) => assert.ok(exchange.text().includes(`"answer to ${number}"`)));
  assert.equal(candidate.endpoint.load.inFlight, 0);
});
