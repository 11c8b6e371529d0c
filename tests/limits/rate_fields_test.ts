import assert from "node:assert/strict";
import type { LimitStanding } from "../../src/limits/counts/scope_count.ts";
import { goDuration, rateFields } from "../../src/limits/rate_fields.ts";

const now = { monotonicMs: 1_000, wallMs: 1_767_225_600_000 };
const standings: LimitStanding[] = [
  { limit: "requestsPerMinute", max: 100, used: 40, wholeMs: 21_000 },
  { limit: "requestsPerMinute", max: 50, used: 45, wholeMs: 61_000 },
  { limit: "tokensPerMinute", max: 1_000, used: 1_500, wholeMs: 361_000 },
  { limit: "concurrency", max: 5, used: 5, wholeMs: 1_000 },
];

Deno.test("of all limits the tightest is told, as OpenAI spells it", () => {
  assert.deepEqual(rateFields(standings, { anthropic: false, legacy: false }, now), {
    "x-ratelimit-limit-requests": "50",
    "x-ratelimit-remaining-requests": "5",
    "x-ratelimit-reset-requests": "1m0s",
    "x-ratelimit-limit-tokens": "1000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "6m0s",
  });
});

Deno.test("clients of Anthropic's formats also get its fields, and old ones of AI Endpoint theirs where asked for", () => {
  const fields = rateFields(standings, { anthropic: true, legacy: true }, now);
  assert.equal(fields["anthropic-ratelimit-requests-remaining"], "5");
  assert.equal(fields["anthropic-ratelimit-tokens-reset"], "2026-01-01T00:06:00.000Z");
  assert.equal(fields["x-ratelimit-limit"], "50");
  assert.equal(fields["x-ratelimit-remaining"], "5");
  assert.equal(fields["x-ratelimit-reset"], "1767225660");
});

Deno.test("a duration is spelled as OpenAI spells it", () => {
  assert.deepEqual([0, 20, 1_500, 60_000, 360_000, 3_600_000].map(goDuration), [
    ...["0s", "20ms", "1.5s", "1m0s", "6m0s", "1h0m0s"],
  ]);
});
