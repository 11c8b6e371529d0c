import assert from "node:assert/strict";
import type { Notice } from "../../../src/core/notices.ts";
import { type LogLine, makeLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { Alerts } from "../../../src/operations/alerts/alerts.ts";
import type { CallRequest } from "../../../src/upstream/call.ts";
import { loadText } from "../../config/load_text.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const failed = (pool = "a"): Notice => ({
  kind: "attempt_failed",
  pool,
  upstream: "host.example",
  outcome: "broken/stalled",
});
const keyInvalid: Notice = {
  kind: "key_invalid",
  pool: "a",
  upstream: "host.example",
  key: "first",
  reason: "http_401",
};
const unanswered: Notice = { kind: "request_unanswered", pool: "a", code: "rate_limited", attempts: 0 };

/** Alerts under a config, with a network that only notes what is called. */
function alertsOf(config: object) {
  const runtime = fakeRuntime();
  const lines: LogLine[] = [];
  const file: string[] = [];
  const calls: CallRequest[] = [];
  const state = { opened: 0, closed: 0, aborted: 0 };
  const alerts = new Alerts({
    runtime,
    log: makeLog(() => runtime.now(), (line) => lines.push(line)),
    observer: memoryObserver(),
    caller: {
      startCall(request) {
        calls.push(request);
        return { pause() {}, resume() {}, abort: () => void state.aborted++ };
      },
    },
    openFile() {
      state.opened++;
      return { write: (line) => void file.push(line), close: () => Promise.resolve(void state.closed++) };
    },
    redact: (text) => text.replaceAll("sk-secret", "[redacted]"),
  });
  const configure = (next: object) =>
    alerts.configured(
      loadText(JSON.stringify({
        pools: ["a", "b"].map((name) => ({ name, provider: "openai", keys: ["sk-a-key-of-a-test"] })),
        ...next,
      })).config,
    );
  configure(config);
  return {
    ...{ runtime, lines, file, calls, state, alerts, configure },
    take: (notice: Notice, times = 1) => {
      for (let i = 0; i < times; i++) alerts.take(notice);
    },
    told: () =>
      file.map((line) => JSON.parse(line)).map(({ kind, pool, count }) => `${kind} ${pool} ${count}`),
  };
}

Deno.test("failed attempts are counted for each pool by itself, other troubles are told at once", () => {
  const kit = alertsOf({});
  kit.take(failed("a"), 9);
  kit.take(failed("b"), 9);
  assert.deepEqual(kit.told(), []);
  kit.take(failed("b"));
  kit.take(keyInvalid);
  kit.take({ ...keyInvalid, kind: "quota_spent" });
  kit.take(unanswered);
  kit.take({ kind: "records_failing", what: "unwritten" });
  kit.take({ kind: "config_refused", problems: ["c.jsonc:1:1  pools: must be a list"] });
  assert.deepEqual(kit.told(), [
    "pool_errors b 10",
    "key_invalid a 1",
    "quota_spent a 1",
    "all_down a 1",
    "records_failing undefined 1",
    "config_refused undefined 1",
  ]);
});

Deno.test("an alert is the same in the log, the file and the webhooks", () => {
  const kit = alertsOf({
    alerts: {
      webhooks: [{ type: "json", url: "https://hooks.example/1" }, { type: "slack", url: "http://h/2" }],
    },
  });
  kit.take({ ...keyInvalid, upstream: "sk-secret" });
  const [line] = kit.lines;
  const kept = JSON.parse(kit.file[0] ?? "");
  const text =
    "Key first of pool a is refused by [redacted] (http_401) and gets no requests until that has changed.";
  assert.deepEqual(kept, {
    id: "00000000-0000-7000-8000-000000000001",
    time: "2026-01-01T00:00:00.000Z",
    kind: "key_invalid",
    pool: "a",
    text,
    count: 1,
  });
  assert.deepEqual([line?.level, line?.channel, line?.text], ["error", "alerts", text]);
  assert.deepEqual(line?.fields, { kind: "key_invalid", pool: "a", count: 1, id: kept.id });
  const bodies = kit.calls.map(({ body }) =>
    new TextDecoder().decode(body instanceof Uint8Array ? body : undefined)
  );
  assert.deepEqual(JSON.parse(bodies[0] ?? ""), kept);
  assert.deepEqual(JSON.parse(bodies[1] ?? ""), { text: `[Tidegate] key_invalid: ${text}` });
  assert.deepEqual(kit.calls.map(({ url }) => url), ["https://hooks.example/1", "http://h/2"]);
});

Deno.test("each kind has its cooldown for each pool, and what came meanwhile is told at its end", () => {
  const kit = alertsOf({});
  kit.take(keyInvalid, 3);
  kit.take({ ...keyInvalid, pool: "b" });
  assert.deepEqual(kit.told(), ["key_invalid a 1", "key_invalid b 1"]);
  kit.runtime.advance(300_000);
  assert.deepEqual(kit.told().slice(2), ["key_invalid a 2"]);
  assert.match(kit.file[2] ?? "", /2 times since the last alert/);
});

Deno.test("a pool's own numbers go before the file's, and a reload changes them", () => {
  const pools = (alerts: object) => [
    { name: "a", provider: "openai", keys: ["sk-a-key-of-a-test"], alerts },
    { name: "b", provider: "openai", keys: ["sk-a-key-of-a-test"] },
  ];
  const kit = alertsOf({ alerts: { threshold: 2 }, pools: pools({ threshold: 0 }) });
  kit.take(failed("a"), 50);
  kit.take(failed("b"), 2);
  assert.deepEqual(kit.told(), ["pool_errors b 2"]);
  kit.configure({ alerts: { threshold: 2 }, pools: pools({ threshold: 3, cooldown: "1s" }) });
  kit.take(failed("a"), 3);
  kit.runtime.advance(1000);
  kit.take(failed("a"), 3);
  assert.deepEqual(kit.told().slice(1), ["pool_errors a 3", "pool_errors a 3"]);
  kit.configure({ alerts: { threshold: 0 } });
  kit.take(failed("b"), 50);
  assert.equal(kit.told().length, 3);
});

Deno.test("without a file nothing is opened; one that is switched off is closed", async () => {
  const kit = alertsOf({ alerts: { file: false } });
  kit.take(unanswered);
  assert.deepEqual([kit.lines.length, kit.state.opened], [1, 0]);
  kit.configure({});
  kit.runtime.advance(300_000);
  kit.take(unanswered);
  assert.deepEqual([kit.file.length, kit.state.opened, kit.state.closed], [1, 1, 0]);
  kit.configure({ alerts: { file: false } });
  await kit.alerts[Symbol.asyncDispose]();
  assert.equal(kit.state.closed, 1);
});

Deno.test("a reload keeps the webhooks that stay, with what they are at, and ends those that go", () => {
  const [one, two] = [{ type: "json", url: "https://hooks.example/1" }, {
    type: "json",
    url: "https://hooks.example/2",
  }];
  const kit = alertsOf({ alerts: { webhooks: [one, two] } });
  kit.take(unanswered);
  assert.deepEqual([kit.calls.length, kit.state.aborted], [2, 0]);
  kit.configure({ alerts: { webhooks: [one] } });
  assert.equal(kit.state.aborted, 1);
  kit.take(keyInvalid);
  // The one that stays waits for its first answer.
  assert.equal(kit.calls.length, 2);
});

Deno.test("after the end nothing is told and no timer is left", async () => {
  const kit = alertsOf({ alerts: { webhooks: [{ type: "json", url: "https://hooks.example/1" }] } });
  kit.take(unanswered, 2);
  await kit.alerts[Symbol.asyncDispose]();
  kit.take(keyInvalid);
  kit.runtime.advance(1_000_000);
  assert.deepEqual([kit.told(), kit.state.aborted, kit.state.closed], [["all_down a 1"], 1, 1]);
});

Deno.test("texts tell what happened and where to look, and stay short whatever happened", () => {
  const kit = alertsOf({ alerts: { threshold: 1 } });
  kit.take(failed());
  kit.take(unanswered);
  kit.take({ ...keyInvalid, kind: "quota_spent", key: undefined });
  kit.take({
    kind: "config_refused",
    problems: Array.from({ length: 9 }, (_, at) => `c.jsonc:${at}:1  ${"x".repeat(900)}`),
  });
  const texts: string[] = kit.file.map((line) => JSON.parse(line).text);
  assert.equal(
    texts[0],
    "1 attempt at pool a failed by the fault of its upstreams; the last at host.example (broken/stalled). " +
      "The records of these requests tell more.",
  );
  assert.equal(
    texts[1],
    "No endpoint of pool a could answer 1 request; the last got rate_limited (nobody could be tried). " +
      "See why with: tidegate explain",
  );
  assert.match(texts[2] ?? "", /^A key of pool a has used up its quota at host\.example \(http_401\)/);
  assert.match(texts[3] ?? "", /^The changed configuration was refused.*\nc\.jsonc:0:1 /);
  assert.equal(texts[3]?.length, 1_500);
});
