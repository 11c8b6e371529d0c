import assert from "node:assert/strict";
import { limitError } from "../../src/limits/limit_error.ts";
import type { CallerLimits, LimitName } from "../../src/limits/limit_policy.ts";
import { scopeOf } from "../support/limits/admission_desk.ts";

function told(limits: CallerLimits, limit: LimitName, waitMs: number, more = {}) {
  const scope = { ...scopeOf(limits), ...more };
  const { code, message, detail } = limitError({ scope, limit, untilMs: 1_000 + waitMs }, 1_000);
  return { code, message, ...detail };
}

Deno.test("a refusal says whose limit it is, and when to come back", () => {
  assert.deepEqual(told({ requestsPerMinute: 60 }, "requestsPerMinute", 12_345), {
    code: "rate_limited",
    message: "You have reached your limit of 60 requests a minute. Try again as retry-after says.",
    retryAfterMs: 12_345,
  });
  assert.match(
    told({ tokensPerMinute: 5 }, "tokensPerMinute", 1, { of: "key", model: "gpt-*" }).message,
    /your key's limit of 5 tokens a minute for gpt-\*/,
  );
  assert.equal(told({ concurrency: 5 }, "concurrency", 1_000).code, "concurrency_limited");
});

Deno.test("a minute whose oldest second counts whole is told as a minute; what takes longer is not to be repeated", () => {
  assert.equal(told({ requestsPerMinute: 1 }, "requestsPerMinute", 60_900).retryAfterMs, 60_000);
  const day = told(
    { requestsPerDay: { max: 5, resetMinute: 0, zone: "UTC" } },
    "requestsPerDay",
    7_200_000,
  );
  assert.equal(day.shouldRetry, false);
  assert.equal(day.retryAfterMs, 7_200_000);
});

Deno.test("a spent budget is not to be repeated, money that is only reserved is", () => {
  const limits: CallerLimits = { budget: { usdMicros: 20_500_000, period: { kind: "total" } } };
  const spent = told(limits, "budget", Infinity);
  assert.equal(spent.code, "budget_exceeded");
  assert.equal(spent.shouldRetry, false);
  assert.match(spent.message, /\$20\.5/);
  assert.equal(told(limits, "budget", 1_000).shouldRetry, undefined);
});
