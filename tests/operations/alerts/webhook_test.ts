import assert from "node:assert/strict";
import type { Alert } from "../../../src/core/alerts/alert.ts";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { Secret } from "../../../src/core/secret.ts";
import { MAX_WAITING_ALERTS, Webhook } from "../../../src/operations/alerts/webhook.ts";
import { UpstreamCaller } from "../../../src/upstream/call.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { answer, type Fault, FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream, type Script } from "../../support/fake_upstream.ts";
import { until } from "../../support/until.ts";

const alertNumber = (number: number): Alert => ({
  id: `id-${number}`,
  time: "2026-01-31T23:59:59.999Z",
  kind: "all_down",
  pool: "p",
  text: "nobody",
  count: 1,
});

const OK = answer("ok");
const noAnswer = (status: number): Fault => answer("{}", { status });

/** A webhook of a receiver that behaves as told. */
async function receiver(script: Script, type = "json") {
  const upstream = await fakeUpstream(script);
  const runtime = fakeRuntime();
  const observer = memoryObserver();
  const lines: LogLine[] = [];
  const caller = new UpstreamCaller(() => undefined, runtime);
  const url = new Secret(`${upstream.url}/hook/T0-SECRET?a=b`);
  const log = makeLog(() => runtime.now(), (line) => lines.push(line));
  const webhook = new Webhook({ type, url }, { runtime, log, observer, caller });
  return {
    ...{ upstream, runtime, observer, lines, webhook },
    ids: () => upstream.deliveries.map(({ text }) => JSON.parse(text).id),
    sent: () => observer.read("alerts_sent", { webhook: type }),
    unsent: () => observer.read("alerts_unsent", { webhook: type }),
    async [Symbol.asyncDispose]() {
      webhook.close();
      await caller[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

Deno.test("alerts are posted as JSON, one after the other", async () => {
  await using kit = await receiver(OK);
  kit.webhook.send(alertNumber(1));
  kit.webhook.send(alertNumber(2));
  await until(() => kit.sent() === 2, "both are sent");
  assert.deepEqual(kit.ids(), ["id-1", "id-2"]);
  const [first] = kit.upstream.deliveries;
  assert.equal(first?.method, "POST");
  assert.equal(first?.target, "/hook/T0-SECRET?a=b");
  assert.match(first?.headers["content-type"] ?? "", /^application\/json/);
  assert.deepEqual(JSON.parse(first?.text ?? ""), alertNumber(1));
});

Deno.test("an alert that is not taken is sent again with the same id, later and later", async () => {
  await using kit = await receiver([noAnswer(500), FAULTS.resetBeforeHead, noAnswer(429), OK]);
  kit.webhook.send(alertNumber(1));
  // A pause is shortened by up to half at random: 500–1,000 ms, then twice and four times as much.
  for (const [calls, leastMs] of [[1, 500], [2, 1_000], [3, 2_000]] as const) {
    await until(() => kit.upstream.deliveries.length === calls, `call ${calls} is made`);
    let waitedMs = 0;
    await until(() => {
      if (kit.upstream.deliveries.length > calls) return true;
      kit.runtime.advance(50);
      waitedMs += 50;
      return false;
    }, `call ${calls} is repeated`);
    assert.ok(waitedMs >= leastMs, `${waitedMs} ms before call ${calls + 1}`);
  }
  await until(() => kit.sent() === 1, "it is sent");
  assert.deepEqual(kit.ids(), ["id-1", "id-1", "id-1", "id-1"]);
});

Deno.test("after four calls an alert is given up and said, without the address, and the next is sent", async () => {
  const refused = answer('{"code":19024}');
  await using kit = await receiver([refused, refused, refused, refused, answer('{"code":0}')], "feishu");
  kit.webhook.send(alertNumber(1));
  kit.webhook.send(alertNumber(2));
  await until(() => {
    kit.runtime.advance(100);
    return kit.sent() === 1;
  }, "the second is sent");
  assert.equal(kit.upstream.deliveries.length, 5);
  assert.equal(kit.unsent(), 1);
  const [line] = kit.lines;
  assert.deepEqual(line?.fields, { id: "id-1", webhook: "feishu", reason: "not_accepted" });
  assert.doesNotMatch(JSON.stringify(kit.lines), /SECRET|127\.0\.0\.1/);
});

Deno.test("a receiver that never answers is left after ten seconds", async () => {
  await using kit = await receiver([FAULTS.silent, OK]);
  kit.webhook.send(alertNumber(1));
  await until(() => kit.upstream.deliveries.length === 1, "it is called");
  kit.runtime.advance(9_900);
  assert.equal(kit.upstream.deliveries[0]?.isClosed, false);
  kit.runtime.advance(200);
  await kit.upstream.deliveries[0]?.closed;
  await until(() => {
    kit.runtime.advance(100);
    return kit.sent() === 1;
  }, "it is called again");
});

Deno.test("an answer without end is read no further than a few KB", async () => {
  const endless: Fault = {
    steps: [...answer("", { framing: "close" }).steps.slice(0, 1), {
      do: "endless",
      bytes: new Uint8Array(1024),
    }],
  };
  await using kit = await receiver(endless);
  kit.webhook.send(alertNumber(1));
  await until(() => kit.sent() === 1, "it counts as taken");
  await kit.upstream.deliveries[0]?.closed;
});

Deno.test("no more than a hundred alerts wait; one more is lost, counted and said", async () => {
  await using kit = await receiver(FAULTS.silent);
  for (let number = 0; number <= MAX_WAITING_ALERTS; number++) kit.webhook.send(alertNumber(number));
  assert.equal(kit.unsent(), 0);
  kit.webhook.send(alertNumber(101));
  assert.equal(kit.unsent(), 1);
  assert.deepEqual(kit.lines[0]?.fields, { id: "id-101", webhook: "json", reason: "queue_full" });
});

Deno.test("closing ends the call under way and forgets what waits, without a word", async () => {
  await using kit = await receiver(FAULTS.silent);
  kit.webhook.send(alertNumber(1));
  kit.webhook.send(alertNumber(2));
  await until(() => kit.upstream.deliveries.length === 1, "it is called");
  kit.webhook.close();
  await kit.upstream.deliveries[0]?.closed;
  kit.webhook.send(alertNumber(3));
  kit.runtime.advance(60_000);
  assert.deepEqual([kit.upstream.deliveries.length, kit.lines.length, kit.unsent()], [1, 0, 0]);
});
