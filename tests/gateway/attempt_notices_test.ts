import assert from "node:assert/strict";
import { type Notice, Notices } from "../../src/core/notices.ts";
import type { OutcomeClass } from "../../src/core/outcome.ts";
import { DEFAULT_SETTINGS } from "../../src/config/settings.ts";
import { tellAttempts } from "../../src/gateway/attempt_notices.ts";
import type { AttemptsResult } from "../../src/upstream/attempts.ts";
import { candidate, outcome, tierOf } from "../balancing/fixtures.ts";

const TIER = tierOf(candidate("k1"));
const PLAN = { name: "model:m", tiers: [TIER], settingsOf: () => DEFAULT_SETTINGS };
const POOL = TIER.candidates[0]?.endpoint.pool;

/** What is told of a request whose attempts ended so. */
function told(
  classes: readonly OutcomeClass[],
  end: AttemptsResult["outcome"],
  errorCode: string | null,
): Notice[] {
  const heard: Notice[] = [];
  const notices = new Notices();
  notices.subscribe((notice) => heard.push(notice));
  const records = classes.map((name, at) => ({
    ...{ number: at + 1, endpoint: `e${at}`, pool: `pool${at}`, upstream: "host", key: null, model: "m" },
    ...{ outcome: outcome(name), startMs: 0, headMs: null, firstContentMs: null, endMs: 1 },
  }));
  const result: AttemptsResult = {
    ...{
      records,
      outcome: end,
      errorCode,
      status: 200,
      error: undefined,
      candidate: undefined,
      why: undefined,
    },
    ...{
      firstContentMs: null,
      streamed: false,
      whole: false,
      contentType: undefined,
      contentEncoding: undefined,
    },
    upstreamRequestId: undefined,
  };
  tellAttempts(notices, result, PLAN);
  return heard;
}

const kinds = (...asked: Parameters<typeof told>) => told(...asked).map(({ kind }) => kind);

Deno.test("every attempt that failed by its upstream's fault is told, also where another one answered", () => {
  assert.deepEqual(told(["broken", "ok"], "ok", null), [
    {
      kind: "attempt_failed",
      pool: "pool0",
      upstream: "host",
      outcome: `broken/${outcome("broken").reason}`,
    },
  ]);
  assert.deepEqual(kinds(["overloaded", "unreachable", "broken"], "truncated", "upstream_truncated"), [
    "attempt_failed",
    "attempt_failed",
    "attempt_failed",
  ]);
});

Deno.test("what clients, keys and limits bring about is no failed attempt", () => {
  const others: OutcomeClass[] = [
    ...["client_fault", "too_long", "capability", "foreign_state", "key_invalid", "quota_spent"] as const,
    ...["rate_limited", "model_missing", "not_permitted", "client_gone"] as const,
  ];
  for (const one of others) assert.deepEqual(kinds([one], "ok", null), [], one);
});

Deno.test("a request that nobody could answer is told with the pool that was asked, or would have been", () => {
  assert.deepEqual(told(["rate_limited", "rate_limited"], "upstream_error", "rate_limited"), [
    { kind: "request_unanswered", pool: "pool0", code: "rate_limited", attempts: 2 },
  ]);
  assert.deepEqual(told([], "rejected", "no_endpoint"), [
    { kind: "request_unanswered", pool: POOL, code: "no_endpoint", attempts: 0 },
  ]);
});

Deno.test("a request that failed by itself, by its own deadline or by its client's leaving is not told", () => {
  assert.deepEqual(kinds(["client_fault"], "upstream_error", "upstream_error"), []);
  assert.deepEqual(kinds(["client_fault"], "upstream_error", null), []);
  assert.deepEqual(kinds([], "upstream_error", "deadline_exceeded"), []);
  assert.deepEqual(kinds([], "rejected", "request_too_large"), []);
  assert.deepEqual(kinds(["model_missing"], "upstream_error", "model_not_found"), []);
  assert.deepEqual(kinds(["client_gone"], "client_gone", null), []);
});
