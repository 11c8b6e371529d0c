import assert from "node:assert/strict";
import { goDuration, RateLimit, rateLimitHeaders } from "../../../src/providers/simulated/rate_limit.ts";

Deno.test("a limit of 60 lets 60 pass at once and one more each second", () => {
  const limit = new RateLimit(60);
  for (let left = 59; left >= 0; left--) {
    const state = limit.take("key", 0);
    assert.equal(state.allowed, true);
    assert.equal(state.remaining, left);
  }
  const refused = limit.take("key", 0);
  assert.deepEqual(refused, { allowed: false, limit: 60, remaining: 0, resetMs: 60_000, retryAfterMs: 1000 });
  assert.equal(limit.take("key", 999).allowed, false);
  assert.equal(limit.take("key", 1000).allowed, true);
  assert.equal(limit.take("key", 1000).allowed, false);
});

Deno.test("a limit is whole again after a minute and never more than whole", () => {
  const limit = new RateLimit(2);
  limit.take("key", 0);
  assert.equal(limit.take("key", 3_600_000).remaining, 1);
});

Deno.test("credentials have limits of their own", () => {
  const limit = new RateLimit(1);
  assert.equal(limit.take("one", 0).allowed, true);
  assert.equal(limit.take("one", 0).allowed, false);
  assert.equal(limit.take("two", 0).allowed, true);
});

Deno.test("a limit forgets the oldest credential beyond a thousand", () => {
  const limit = new RateLimit(1);
  for (let number = 0; number < 1000; number++) limit.take(`key-${number}`, 0);
  assert.equal(limit.take("key-0", 0).allowed, false);
  limit.take("one-more", 0);
  assert.equal(limit.take("key-0", 0).allowed, true);
});

Deno.test("rateLimitHeaders speak of waiting only to who must wait", () => {
  const limit = new RateLimit(40);
  assert.deepEqual(rateLimitHeaders(limit.take("key", 0)), {
    "x-ratelimit-limit-requests": "40",
    "x-ratelimit-remaining-requests": "39",
    "x-ratelimit-reset-requests": "1.5s",
  });
  for (let number = 1; number < 40; number++) limit.take("key", 0);
  const headers = rateLimitHeaders(limit.take("key", 0));
  assert.equal(headers["retry-after"], "2");
  assert.equal(headers["retry-after-ms"], "1500");
});

Deno.test("goDuration writes as OpenAI does", () => {
  assert.deepEqual([0, 19.2, 999, 1000, 1500, 60_000, 361_250].map(goDuration), [
    "0ms",
    "20ms",
    "999ms",
    "1s",
    "1.5s",
    "1m0s",
    "6m1.25s",
  ]);
});
