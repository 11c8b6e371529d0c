import assert from "node:assert/strict";
import { limitFacts } from "../../../src/upstream/refusals/limit_facts.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 10, 0, 0);

Deno.test("OpenAI's limits are read, resets as Go durations", () => {
  assert.deepEqual(
    limitFacts({
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-remaining-requests": "499",
      "x-ratelimit-reset-requests": "120ms",
      "x-ratelimit-limit-tokens": "30000",
      "x-ratelimit-remaining-tokens": "28800",
      "x-ratelimit-reset-tokens": "6m0s",
    }, NOW_MS),
    {
      requests: { limit: 500, remaining: 499, resetMs: 120 },
      tokens: { limit: 30_000, remaining: 28_800, resetMs: 360_000 },
    },
  );
});

Deno.test("bare seconds are seconds, and a reset that is missing or odd costs only the reset", () => {
  const told = (reset: string | undefined) =>
    limitFacts({
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "0",
      ...(reset === undefined ? {} : { "x-ratelimit-reset-requests": reset }),
    }, NOW_MS)?.requests?.resetMs;
  assert.equal(told("59"), 59_000);
  assert.equal(told("1.5s"), 1_500);
  assert.equal(told("1h2m3s"), 3_723_000);
  for (const odd of [undefined, "", "soon", "-1", "9999h"]) assert.equal(told(odd), undefined, String(odd));
});

Deno.test("Anthropic's limits are read, resets against the answer's own date", () => {
  const facts = limitFacts({
    "date": "Sat, 21 Nov 2026 09:00:00 GMT",
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": "998",
    "anthropic-ratelimit-requests-reset": "2026-11-21T09:00:05Z",
    "anthropic-ratelimit-input-tokens-limit": "400000",
    "anthropic-ratelimit-input-tokens-remaining": "399000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-21T10:00:01.5+01:00",
    "anthropic-ratelimit-output-tokens-limit": "80000",
    "anthropic-ratelimit-output-tokens-remaining": "80000",
    "anthropic-ratelimit-output-tokens-reset": "2026-11-21T08:59:59Z",
  }, NOW_MS);
  assert.deepEqual(facts, {
    requests: { limit: 1000, remaining: 998, resetMs: 5_000 },
    inputTokens: { limit: 400_000, remaining: 399_000, resetMs: 1_500 },
    outputTokens: { limit: 80_000, remaining: 80_000, resetMs: 0 },
  });
});

Deno.test("without a date the reset is read against the clock", () => {
  const facts = limitFacts({
    "anthropic-ratelimit-tokens-limit": "100",
    "anthropic-ratelimit-tokens-remaining": "7",
    "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:30Z",
  }, NOW_MS);
  assert.deepEqual(facts, { tokens: { limit: 100, remaining: 7, resetMs: 30_000 } });
});

Deno.test("what a vendor fills in where it knows nothing is no limit", () => {
  const told = (limit: string | undefined, remaining: string | undefined) =>
    limitFacts({
      ...(limit === undefined ? {} : { "x-ratelimit-limit-requests": limit }),
      ...(remaining === undefined ? {} : { "x-ratelimit-remaining-requests": remaining }),
    }, NOW_MS);
  for (
    const [limit, remaining] of [
      ["-1", "-1"],
      ["0", "0"],
      ["-1", "0"],
      ["100", "-1"],
      ["100", undefined],
      [undefined, "5"],
      ["many", "5"],
      ["1e3", "5"],
      ["", ""],
    ] as const
  ) assert.equal(told(limit, remaining), undefined, `${limit} ${remaining}`);
  assert.deepEqual(told("100", "250")?.requests, { limit: 100, remaining: 100, resetMs: undefined });
});

Deno.test("an answer without limits tells none", () => {
  assert.equal(limitFacts({ "content-type": "application/json" }, NOW_MS), undefined);
});
