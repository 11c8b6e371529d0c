import assert from "node:assert/strict";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import type { Mark } from "../../../src/balancing/health/mark.ts";
import { openaiChat } from "../../../src/formats/openai/openai_chat.ts";
import { arrayExchange } from "../../support/array_exchange.ts";
import { attemptsSetup, candidateAt } from "../../support/attempts_setup.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { CHAT_ANSWER, CHAT_EVENTS, errorAnswer, FAULTS } from "../../support/fake_upstream_script.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const BODY = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] });

/** Cooldowns by endpoint id: monotonic ends. */
function cooldowns(ends: ReadonlyMap<string, number>, nowMs: () => number) {
  return ({ endpoint }: Candidate): Mark | undefined => {
    const endMs = ends.get(endpoint.id);
    return endMs === undefined || endMs <= nowMs()
      ? undefined
      : { scope: endpoint.id, state: "cooldown", reason: "http_429", sinceMs: 0, endMs };
  };
}

Deno.test("a pool whose only key rests for a second answers after it, through the whole gateway", async () => {
  await using upstream = await fakeUpstream([errorAnswer(429, {}, { "retry-after": "1" }), FAULTS.ok]);
  const pools = [{ name: "p", provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }];
  await using gateway = await startGateway({ config: { pools } });
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: BODY,
  });
  assert.equal(await answer.text(), CHAT_ANSWER);
  assert.equal(answer.status, 200);
  const [record] = await gateway.records();
  const waitedMs = Number(at(record, "decision.waitedMs"));
  assert.ok(waitedMs >= 900 && waitedMs < 5_000, String(waitedMs));
  assert.equal(at(record, "attempts.0.outcome.class"), "rate_limited");
  assert.equal(at(record, "attempts.1.outcome.class"), "ok");
});

for (const [wait, retryAfter] of [["0s", "2"], ["1s", "30"]] as const) {
  Deno.test(`with a wait of ${wait} and a rest of ${retryAfter} s the client is told at once when to come back`, async () => {
    await using upstream = await fakeUpstream(errorAnswer(429, {}, { "retry-after": retryAfter }));
    const pools = [{ name: "p", provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }];
    await using gateway = await startGateway({ config: { pools, defaults: { retry: { wait } } } });
    for (const deliveries of [1, 1]) {
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
        body: BODY,
      });
      assert.equal(answer.status, 429);
      assert.equal((await answer.json()).error.code, "rate_limited");
      const told = Number(answer.headers.get("retry-after"));
      assert.ok(told >= 1 && told <= Number(retryAfter), String(told));
      assert.equal(upstream.deliveries.length, deliveries);
    }
  });
}

Deno.test("the first of all to be back is waited for, and nobody else is asked before", async () => {
  const ends = new Map<string, number>();
  const now = { ms: () => 0 };
  await using setup = attemptsSetup({ exclusion: cooldowns(ends, () => now.ms()) });
  now.ms = () => setup.runtime.monotonic();
  await using late = await fakeUpstream(FAULTS.ok);
  await using soon = await fakeUpstream(FAULTS.ok);
  ends.set("late", now.ms() + 9_000).set("soon", now.ms() + 150);
  const tiers = [[candidateAt("late", late.url)], [candidateAt("soon", soon.url)]];
  const result = await setup.run({ exchange: arrayExchange(), tiers, waitMs: 10_000 });
  assert.equal(result.candidate?.endpoint.id, "soon");
  assert.ok((result.why?.waitedMs ?? 0) >= 149, String(result.why?.waitedMs));
  assert.equal(late.deliveries.length, 0);
  assert.equal(setup.observer.read("waits", { pool: "pool", end: "waited" }), 1);
});

Deno.test("a client that leaves while it waits is waited for no longer", async () => {
  const ends = new Map<string, number>();
  await using setup = attemptsSetup({ exclusion: cooldowns(ends, () => 0) });
  await using upstream = await fakeUpstream(FAULTS.ok);
  ends.set("a", setup.runtime.monotonic() + 60_000);
  const exchange = arrayExchange();
  const result = setup.run({ exchange, tiers: [[candidateAt("a", upstream.url)]], waitMs: 120_000 });
  await until(() => setup.shared.waiting.size === 1, "it waits");
  exchange.leave();
  assert.equal((await result).outcome, "client_gone");
  assert.equal(setup.shared.waiting.size, 0);
  assert.equal(upstream.deliveries.length, 0);
});

Deno.test("while a stream waits its client gets keep-alives, and then the answer", async () => {
  const runtime = fakeRuntime();
  const ends = new Map([["a", runtime.monotonic() + 50_000]]);
  await using setup = attemptsSetup({ runtime, exclusion: cooldowns(ends, () => runtime.monotonic()) });
  await using upstream = await fakeUpstream(FAULTS.okStream);
  const exchange = arrayExchange();
  const result = setup.run({
    exchange,
    tiers: [[candidateAt("a", upstream.url)]],
    stream: true,
    waitMs: 60_000,
    hold: { holdMs: 15_000, keepAliveMs: 15_000 },
  });
  await until(() => setup.shared.waiting.size === 1, "it waits");
  runtime.advance(15_000);
  assert.equal(exchange.answer.status, 200);
  const alive = new TextDecoder().decode(openaiChat.keepAlive);
  assert.equal(exchange.text(), alive);
  runtime.advance(15_000);
  assert.equal(exchange.text(), alive.repeat(2));
  runtime.advance(21_000);
  const { outcome } = await result;
  assert.equal(outcome, "ok");
  assert.ok(exchange.text().endsWith(CHAT_EVENTS.join("")));
});

Deno.test("when the rest is renewed again and again the whole wait stays within its bound", async () => {
  const runtime = fakeRuntime();
  const startMs = runtime.monotonic();
  // Always two seconds more than it was.
  const exclusion = ({ endpoint }: Candidate): Mark => ({
    scope: endpoint.id,
    state: "cooldown",
    reason: "http_429",
    sinceMs: 0,
    endMs: startMs + 2_000 * (Math.floor((runtime.monotonic() - startMs) / 2_000) + 1),
  });
  await using setup = attemptsSetup({ runtime, exclusion });
  const running = setup.run({
    exchange: arrayExchange(),
    tiers: [[candidateAt("a", "http://127.0.0.1:1")]],
    waitMs: 10_000,
  });
  let over = false;
  void running.then(() => over = true);
  await until(() => {
    runtime.advance(50);
    return over;
  }, "it gives up");
  const result = await running;
  assert.equal(result.error?.code, "rate_limited");
  assert.ok(
    (result.why?.waitedMs ?? 0) <= 10_000 && (result.why?.waitedMs ?? 0) >= 7_900,
    String(result.why?.waitedMs),
  );
  assert.ok((result.error?.detail.retryAfterMs ?? 0) > 0);
});
