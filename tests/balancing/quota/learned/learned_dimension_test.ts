import assert from "node:assert/strict";
import fc from "fast-check";
import { LearnedDimension } from "../../../../src/balancing/quota/learned/learned_dimension.ts";

const MINUTE_MS = 60_000;

/** A request sent at `sentMs` whose answer tells the rest, at once. */
function tell(
  dimension: LearnedDimension,
  sentMs: number,
  limit: number,
  remaining: number,
  resetMs?: number,
) {
  dimension.observe({ limit, remaining, resetMs }, { sentMs, total: 0 }, 0, sentMs);
}

Deno.test("a limit comes back evenly over its minute, and never beyond itself", () => {
  const one = new LearnedDimension(60, undefined, 0);
  tell(one, 0, 60, 10, 50_000);
  assert.equal(one.levelAt(5_000), 15);
  assert.equal(one.levelAt(10 * MINUTE_MS), 60);
  assert.equal(one.fitsAtMs(20, 0), 10_000);
  assert.equal(one.perMinute, 60);
});

Deno.test("a limit whose every answer names the same reset comes back at once, and not before", () => {
  const one = new LearnedDimension(60, 1, 0);
  for (const sentMs of [0, 4_000, 8_000, 12_000]) tell(one, sentMs, 60, 50 - sentMs / 400, 40_000 - sentMs);
  tell(one, 13_000, 60, 0, 27_000);
  assert.equal(one.levelAt(39_000), 0);
  assert.equal(one.fitsAtMs(1, 14_000), 40_000);
  assert.ok(one.levelAt(40_000) >= 1);
});

Deno.test("a window that is no minute is found out: a day's limit is no rate of thousands a minute", () => {
  const one = new LearnedDimension(10_000, 1, 0);
  const perMs = 10_000 / (24 * 60 * MINUTE_MS);
  for (let sentMs = 0; sentMs <= 60_000; sentMs += 5_000) {
    const used = 20 + sentMs / 1_000;
    tell(one, sentMs, 10_000, 10_000 - used, used / perMs);
  }
  assert.ok(Math.abs(one.perMinute - 10_000 / 1_440) < 0.5, String(one.perMinute));
});

Deno.test("a vendor that cuts its minute leaves only a few at once: no burst is believed beyond that", () => {
  const one = new LearnedDimension(600, 1, 0);
  for (const sentMs of [0, 5_000, 10_000]) tell(one, sentMs, 600, 9, 100);
  assert.equal(one.capacity, 10);
  assert.equal(one.levelAt(5 * MINUTE_MS), 10);
  assert.equal(one.perMinute, 600);
});

Deno.test("what others take is expected to go on for a while, but never empties a limit that is whole", () => {
  const one = new LearnedDimension(600, undefined, 0);
  tell(one, 0, 600, 300, 30_000);
  for (const passedMs of [5_000, 5_000, 5_000]) one.othersTook(25, passedMs);
  const level = one.levelAt(1_000);
  assert.ok(
    one.leftAt(1_000) < level - 2 && one.leftAt(1_000) > level - 6,
    String(one.leftAt(1_000) - level),
  );
  assert.equal(one.leftAt(10 * MINUTE_MS), 600);
});

Deno.test("whatever a vendor tells and in whatever order, what is left stays within the limit", () => {
  const event = fc.record({
    passedMs: fc.nat(20_000),
    limit: fc.integer({ min: 1, max: 2_000 }),
    remaining: fc.nat(2_000),
    resetMs: fc.option(fc.nat(90_000), { nil: undefined }),
    sent: fc.nat(50),
    lateMs: fc.nat(5_000),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
      const one = new LearnedDimension(1, 1, 0);
      let nowMs = 0;
      let total = 0;
      for (const { passedMs, limit, remaining, resetMs, sent, lateMs } of events) {
        nowMs += passedMs;
        for (let count = 0; count < sent; count++) one.take(1, nowMs);
        total += sent;
        const mark = { sentMs: Math.max(0, nowMs - lateMs), total: Math.max(0, total - lateMs % 5) };
        one.observe({ limit, remaining: Math.min(limit, remaining), resetMs }, mark, total, nowMs);
        for (const laterMs of [0, 1_000, 600_000]) {
          const level = one.levelAt(nowMs + laterMs);
          assert.ok(level <= limit && level >= -limit, `${level} of ${limit}`);
        }
        assert.ok(one.fitsAtMs(1, nowMs) >= nowMs && one.fitsAtMs(1, nowMs) < Infinity);
        assert.ok(one.capacity >= 1 && one.capacity <= limit);
      }
    }),
    { numRuns: 300 },
  );
});
