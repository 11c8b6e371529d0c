import assert from "node:assert/strict";
import {
  callerLimits,
  callerLimitSet,
  queue,
  queuePolicy,
} from "../../../../src/config/schema/limits/caller_limits_field.ts";

const read = (value: unknown) => callerLimitSet(callerLimits.parse(value));

Deno.test("budgets come out in whole millionths of a dollar, with their period", () => {
  assert.deepEqual(read({ budget: { usd: 20.5, per: "month", zone: "Asia/Shanghai" } })?.limits.budget, {
    usdMicros: 20_500_000,
    period: { kind: "month", zone: "Asia/Shanghai" },
  });
  assert.deepEqual(read({ budget: { usd: 1 } })?.limits.budget?.period, { kind: "total" });
  assert.deepEqual(read({ budget: { usd: 1, per: { rolling: "7d" } } })?.limits.budget?.period, {
    kind: "rolling",
    spanMs: 604_800_000,
  });
});

Deno.test("days, models and old header fields are read", () => {
  const set = read({
    tokensPerDay: 5,
    requestsPerDay: { max: 6, resetAt: "17:30", zone: "Europe/Berlin" },
    models: { "gpt-*": { concurrency: 2 } },
    legacyHeaders: true,
  });
  assert.deepEqual(set?.limits.tokensPerDay, { max: 5, resetMinute: 0, zone: "UTC" });
  assert.deepEqual(set?.limits.requestsPerDay, { max: 6, resetMinute: 1_050, zone: "Europe/Berlin" });
  assert.equal(set?.models["gpt-*"]?.concurrency, 2);
  assert.equal(set?.legacyFields, true);
  assert.equal(read(undefined), undefined);
});

Deno.test("what means nothing is refused", () => {
  const wrong = [
    { requestsPerMinute: 0 },
    { budget: { usd: 0 } },
    { budget: { usd: -1 } },
    { budget: { usd: "5" } },
    { budget: {} },
    { budget: { usd: 1, per: "week" } },
    { budget: { usd: 1, per: { rolling: "1s" } } },
    { budget: { usd: 1, zone: "Mars/Olympus" } },
    { models: { "gpt-*": { models: {} } } },
    { requestPerMinute: 5 },
  ];
  for (const value of wrong) {
    assert.equal(callerLimits.safeParse(value).success, false, JSON.stringify(value));
  }
});

Deno.test("a queue has a length and a longest wait", () => {
  assert.deepEqual(queuePolicy(queue.parse({})), { max: 100, waitMs: 5_000 });
  assert.equal(queue.safeParse({ wait: "1h" }).success, false);
  assert.equal(queuePolicy(undefined), undefined);
});
