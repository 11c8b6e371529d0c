import assert from "node:assert/strict";
import { MAX_COMPLETE_BYTES } from "../../../src/upstream/answer/hold_allowance.ts";
import { arrayExchange } from "../../support/array_exchange.ts";
import { attemptsSetup, candidateAt, LONG_DEADLINES } from "../../support/attempts_setup.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import {
  answer,
  CHAT_ANSWER,
  CHAT_EVENTS,
  chatEvent,
  errorAnswer,
  eventStream,
  FAULTS,
} from "../../support/fake_upstream_script.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";
import { attemptUsage, type EndedAttempt } from "../../../src/upstream/usage/ended_attempt.ts";

const SHORT_DEADLINES = { ...LONG_DEADLINES, headersMs: 100, firstContentMs: 100, idleMs: 100 };

for (
  const name of [
    "streamStallAfter",
    "streamEndedAfter",
    "streamCutMidEvent",
    "streamBadChunkAfter",
    "streamErrorAfter",
  ] as const
) {
  Deno.test(`an answer that commits when it is whole fails over after content too: ${name}`, async () => {
    await using setup = attemptsSetup();
    await using bad = await fakeUpstream(FAULTS[name]);
    await using good = await fakeUpstream(FAULTS.okStream);
    const exchange = arrayExchange();
    const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
    const result = await setup.run({
      exchange,
      tiers,
      stream: true,
      commit: "complete",
      deadlines: SHORT_DEADLINES,
    });
    assert.equal(exchange.text(), CHAT_EVENTS.join(""));
    assert.equal(exchange.answer.headers["x-tidegate-upstream"], "good");
    assert.deepEqual(setup.learned, ["bad broken", "good ok"]);
    assert.equal(result.outcome, "ok");
    assert.equal(setup.captured(), CHAT_EVENTS.join(""));
    const [lost, served] = result.records;
    assert.ok(
      lost !== undefined && lost.firstContentMs !== null,
      "what it took to the first content is known",
    );
    assert.ok(served !== undefined && served.firstContentMs !== null);
    assert.ok((result.firstContentMs ?? 0) >= served.startMs + served.firstContentMs);
    assert.equal(setup.shared.held.heldBytes, 0);
  });
}

Deno.test("nothing goes out before the end mark, and then all at once", async () => {
  await using setup = attemptsSetup();
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream(
    eventStream(CHAT_EVENTS.slice(0, 3), [
      { do: "wait", until: go.promise },
      ...eventStream(CHAT_EVENTS.slice(3)).steps.slice(1),
    ]),
  );
  const exchange = arrayExchange();
  const tiers = [[candidateAt("a", upstream.url)]];
  const result = setup.run({ exchange, tiers, stream: true, commit: "complete" });
  await until(() => setup.shared.held.heldBytes === CHAT_EVENTS.slice(0, 3).join("").length, "it is held");
  assert.equal(exchange.answer.status, 0);
  go.resolve();
  assert.equal((await result).outcome, "ok");
  assert.equal(exchange.text(), CHAT_EVENTS.join(""));
  assert.equal(setup.shared.held.heldBytes, 0);
});

Deno.test("while it is held the client gets keep-alives; when nothing works, a typed error", async () => {
  await using setup = attemptsSetup();
  await using bad = await fakeUpstream(FAULTS.streamStallAfter);
  const exchange = arrayExchange();
  const result = await setup.run({
    exchange,
    tiers: [[candidateAt("bad", bad.url)]],
    stream: true,
    commit: "complete",
    deadlines: { ...LONG_DEADLINES, idleMs: 300 },
    hold: { holdMs: 20, keepAliveMs: 40 },
  });
  assert.ok(exchange.text().startsWith(":\n:\n"), exchange.text());
  assert.match(exchange.text(), /"upstream_timeout"/);
  assert.doesNotMatch(exchange.text(), /Hello|\[DONE\]/);
  assert.equal(result.outcome, "upstream_error");
});

Deno.test("what a lost answer cost, where its stream told it, stays in its attempt", async () => {
  await using setup = attemptsSetup();
  const usage = { "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10 };
  const told = `data: ${
    JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [], usage })
  }\n\n`;
  const long = Array.from({ length: 100 }, () => chatEvent({ content: "x".repeat(1_000) }));
  await using bad = await fakeUpstream(
    eventStream([...CHAT_EVENTS.slice(0, 2), ...long, told], [{ do: "close" }]),
  );
  await using good = await fakeUpstream(FAULTS.okStream);
  const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
  const ended: EndedAttempt[] = [];
  const attemptEnded = (attempt: EndedAttempt) => void ended.push(attempt);
  await setup.run({ exchange: arrayExchange(), tiers, stream: true, commit: "complete", attemptEnded });
  const costs = ended.map((attempt) => attemptUsage(attempt, () => 5));
  assert.deepEqual(costs[0]?.usage, { inputTokens: 7, outputTokens: 3 });
  assert.equal(costs[0]?.provenance, "reported");
  assert.equal(costs[1]?.provenance, "estimated");
});

Deno.test("an answer larger than may be held goes out as it comes, and then a break is told inside it", async () => {
  await using setup = attemptsSetup();
  const event = chatEvent({ content: "x".repeat(1_000_000) });
  const events = Array.from({ length: Math.ceil(MAX_COMPLETE_BYTES / event.length) + 1 }, () => event);
  await using bad = await fakeUpstream(eventStream(events, [{ do: "close" }]));
  await using good = await fakeUpstream(FAULTS.okStream);
  const exchange = arrayExchange();
  const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
  const result = await setup.run({ exchange, tiers, stream: true, commit: "complete" });
  assert.equal(result.outcome, "truncated");
  const size = exchange.answer.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  assert.ok(size >= events.length * event.length);
  assert.match(new TextDecoder().decode(exchange.answer.chunks.at(-1)), /"upstream_truncated"/);
  assert.equal(good.deliveries.length, 0);
  assert.equal(setup.shared.held.heldBytes, 0);
});

Deno.test("what all requests hold together is bounded: without room an answer goes out as it comes", async () => {
  await using setup = attemptsSetup();
  while (setup.shared.held.take(1024 * 1024)); // until nothing is left
  await using upstream = await fakeUpstream(FAULTS.streamCutMidEvent);
  const exchange = arrayExchange();
  const tiers = [[candidateAt("a", upstream.url)]];
  const result = await setup.run({ exchange, tiers, stream: true, commit: "complete" });
  assert.equal(result.outcome, "truncated");
  assert.ok(exchange.text().startsWith(CHAT_EVENTS.slice(0, 2).join("")));
});

Deno.test("an error that the client must mend is its own to see, also while all is held", async () => {
  await using setup = attemptsSetup();
  const mended =
    'data: {"error":{"message":"No.","type":"invalid_request_error","code":"content_filter"}}\n\n';
  await using first = await fakeUpstream(eventStream([...CHAT_EVENTS.slice(0, 2), mended]));
  await using second = await fakeUpstream(FAULTS.okStream);
  const exchange = arrayExchange();
  const tiers = [[candidateAt("a", first.url), candidateAt("b", second.url)]];
  await setup.run({ exchange, tiers, stream: true, commit: "complete" });
  assert.equal(exchange.text(), CHAT_EVENTS.slice(0, 2).join("") + mended);
  assert.equal(second.deliveries.length, 0);
});

Deno.test("an answer that is not streamed is held whole to the same bound", async () => {
  const whole = answer(JSON.stringify({ choices: [], padding: "x".repeat(5 * 1024 * 1024) }));
  const [head, body] = whole.steps;
  assert.ok(head !== undefined && body?.do === "send");
  const cut = {
    steps: [head, { ...body, bytes: body.bytes.subarray(0, 4_500_000) }, { do: "close" as const }],
  };
  for (const [commit, outcome] of [["content", "truncated"], ["complete", "ok"]] as const) {
    await using setup = attemptsSetup();
    await using bad = await fakeUpstream(cut);
    await using good = await fakeUpstream(FAULTS.ok);
    const tiers = [[candidateAt("bad", bad.url), candidateAt("good", good.url)]];
    const exchange = arrayExchange();
    const result = await setup.run({ exchange, tiers, commit });
    assert.equal(result.outcome, outcome);
    assert.equal(exchange.answer.isCut, commit === "content");
    if (commit === "complete") assert.equal(exchange.text(), CHAT_ANSWER);
    assert.equal(setup.shared.held.heldBytes, 0);
  }
});

Deno.test("a route asks for it, and another route of the same pool is untouched", async () => {
  await using upstream = await fakeUpstream([
    FAULTS.streamEndedAfter,
    FAULTS.okStream,
    FAULTS.streamEndedAfter,
    errorAnswer(500, {}),
  ]);
  const pools = [{ name: "p", provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }];
  const routes = [{ model: "safe", to: "p/m", commit: "complete" }, { model: "fast", to: "p/m" }];
  await using gateway = await startGateway({ config: { pools, routes } });
  const ask = async (model: string) => {
    const answered = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Hi" }] }),
    });
    return await answered.text();
  };
  assert.equal(await ask("safe"), CHAT_EVENTS.join(""));
  assert.match(await ask("fast"), /"upstream_truncated"/);
  const [safe] = await gateway.records();
  assert.equal(at(safe, "attempts.0.outcome.reason"), "truncated");
  assert.equal(at(safe, "attempts.1.outcome.class"), "ok");
});
