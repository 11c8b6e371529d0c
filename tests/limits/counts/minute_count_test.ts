import assert from "node:assert/strict";
import fc from "fast-check";
import { MinuteCount } from "../../../src/limits/counts/minute_count.ts";

Deno.test("what was not used is given back, what was used beyond the estimate is owed", () => {
  const count = new MinuteCount();
  const part = count.take(50, 100, 0);
  count.settle(part, 50, 20);
  assert.equal(count.used(100, 0), 20);
  const other = count.take(30, 100, 1_000);
  count.settle(other, 30, 80);
  assert.equal(count.used(100, 1_000), 100, "20 + 30 + the 50 that are owed");
  assert.equal(count.fitsAtMs(1, 100, 1_000), 61_000);
});

Deno.test("a debt larger than the limit takes the room of the minutes after it, until it is paid", () => {
  const count = new MinuteCount();
  count.settle(count.take(100, 100, 0), 100, 350);
  assert.equal(count.debt, 250);
  const served: number[] = [];
  for (let nowMs = 0; nowMs < 400_000; nowMs += 1_000) {
    if (count.fitsAtMs(10, 100, nowMs) > nowMs) continue;
    count.take(10, 100, nowMs);
    served.push(nowMs);
  }
  assert.ok((served[0] ?? 0) >= 122_000, `served again at ${served[0]}`);
  assert.ok(served.length > 0);
});

Deno.test("an amount over the limit waits for an empty minute and is taken as the limit", () => {
  const count = new MinuteCount();
  count.take(1, 100, 0);
  assert.equal(count.fitsAtMs(5_000, 100, 0), 61_000);
  assert.equal(count.fitsAtMs(5_000, 100, 61_000), 61_000);
  count.take(5_000, 100, 61_000);
  assert.equal(count.used(100, 61_000), 100);
});

Deno.test("a count that is kept and brought back stands as it stood, by the wall clock", () => {
  const before = new MinuteCount();
  before.take(40, 100, 5_500);
  before.settle(before.take(10, 100, 7_000), 10, 90);
  const wallMs = 1_767_225_600_000;
  const saved = JSON.parse(JSON.stringify(before.saved(10_000, wallMs - 10_000)));
  const after = new MinuteCount();
  after.restore(saved, wallMs - 300);
  assert.equal(after.used(100, 300), before.used(100, 10_000));
  assert.ok(after.fitsAtMs(50, 100, 300) - 300 >= before.fitsAtMs(50, 100, 10_000) - 10_000 - 1_000);
});

Deno.test("whatever is taken and settled, no sixty seconds hold more than the limit, and nothing is below zero", () => {
  const step = fc.record({
    gapMs: fc.nat(4_000),
    amount: fc.integer({ min: 1, max: 120 }),
    used: fc.integer({ min: 0, max: 300 }),
    settles: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const max = 100;
      const count = new MinuteCount();
      const facts: { atMs: number; amount: number }[] = [];
      let nowMs = 0;
      for (const { gapMs, amount, used, settles } of steps) {
        nowMs += gapMs;
        if (count.fitsAtMs(amount, max, nowMs) > nowMs) continue;
        const taken = Math.min(amount, max);
        const part = count.take(amount, max, nowMs);
        if (settles) count.settle(part, taken, used);
        facts.push({ atMs: nowMs, amount: settles ? Math.min(used, taken) : taken });
        assert.ok(count.debt >= 0);
        assert.ok(count.used(max, nowMs) - count.debt <= max + 1e-6);
        assert.ok(count.used(max, nowMs) >= 0);
      }
      for (const { atMs } of facts) {
        const within = facts.filter((one) => one.atMs > atMs - 60_000 && one.atMs <= atMs);
        assert.ok(within.reduce((sum, one) => sum + one.amount, 0) <= max);
      }
    }),
    { numRuns: 200 },
  );
});
