import assert from "node:assert/strict";
import { callerLimits, callerLimitSet } from "../../../src/config/schema/limits/caller_limits_field.ts";
import { limitsView } from "../../../src/operations/tenants/limits_view.ts";

function setOf(written: unknown) {
  return callerLimitSet(callerLimits.parse(written));
}

Deno.test("limits are shown as the config file spells them, and mean the same when they are sent back", () => {
  for (
    const written of [
      { requestsPerMinute: 1, bytesPerMinute: 5_000, legacyHeaders: true },
      {
        requestsPerDay: 5,
        tokensPerDay: { max: 9, resetAt: "17:30", zone: "Asia/Shanghai" },
        concurrency: 2,
      },
      { budget: { usd: 0.000001 } },
      { budget: { usd: 20, per: "month", zone: "Europe/Berlin" } },
      { budget: { usd: 1.5, per: { rolling: "36h" } } },
      { tokensPerMinute: 7, models: { "gpt-*": { requestsPerDay: 3, budget: { usd: 1, per: "day" } } } },
    ]
  ) {
    assert.deepEqual(setOf(limitsView(setOf(written))), setOf(written));
  }
  assert.deepEqual(limitsView(setOf({ requestsPerDay: 5, budget: { usd: 20, per: { rolling: "7d" } } })), {
    requestsPerDay: { max: 5, resetAt: "00:00", zone: "UTC" },
    budget: { usd: 20, per: { rolling: "7d" } },
  });
  assert.equal(limitsView(undefined), null);
});
