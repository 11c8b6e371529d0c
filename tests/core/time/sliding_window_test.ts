import assert from "node:assert/strict";
import fc from "fast-check";
import { SlidingWindow } from "../../../src/core/time/sliding_window.ts";

Deno.test("a minute's count ends with the second that is the last to lie within it", () => {
  const window = new SlidingWindow();
  window.add(3, 999);
  assert.equal(window.sum(60_998), 3);
  assert.equal(window.sum(60_999), 3, "the oldest second counts whole");
  assert.equal(window.sum(61_000), 0);
});

Deno.test("an amount fits when enough of the oldest seconds are over", () => {
  const window = new SlidingWindow();
  window.add(4, 0);
  window.add(4, 10_000);
  assert.equal(window.fitsAtMs(2, 10, 10_000), 10_000);
  assert.equal(window.fitsAtMs(3, 10, 10_000), 61_000);
  assert.equal(window.fitsAtMs(7, 10, 10_000), 71_000);
  assert.equal(window.fitsAtMs(99, 10, 10_000), 71_000, "more than the limit waits for an empty minute");
  assert.equal(window.fitsAtMs(99, 10, 71_000), 71_000);
});

Deno.test("what was counted is changed under its own second, as long as that counts", () => {
  const window = new SlidingWindow();
  const second = window.add(100, 5_500);
  window.adjust(second, -40);
  assert.equal(window.sum(6_000), 60);
  window.adjust(second, -100);
  assert.equal(window.sum(6_000), 0, "never below nothing");
  window.adjust(second, 10);
  assert.equal(window.sum(66_000), 0);
  window.adjust(second, 10);
  assert.equal(window.sum(66_000), 0, "what is over stays over");
});

Deno.test("a window that is emptied still takes what is told of its parts, until they are over", () => {
  const window = new SlidingWindow();
  const second = window.add(100, 5_500);
  window.add(7, 8_000);
  window.empty();
  assert.equal(window.sum(9_000), 0);
  assert.deepEqual(window.parts(9_000), []);
  assert.equal(window.adjust(second, 30), true);
  assert.equal(window.sum(65_999), 30);
  assert.equal(window.sum(66_000), 0);
});

Deno.test("no sixty seconds hold more than what fitted when it was added", () => {
  const events = fc.array(fc.record({ gapMs: fc.nat(5_000), amount: fc.integer({ min: 1, max: 7 }) }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(events, fc.integer({ min: 7, max: 60 }), (list, max) => {
      const window = new SlidingWindow();
      const sent: { atMs: number; amount: number }[] = [];
      let nowMs = 0;
      for (const { gapMs, amount } of list) {
        nowMs += gapMs;
        if (window.fitsAtMs(amount, max, nowMs) > nowMs) continue;
        window.add(amount, nowMs);
        sent.push({ atMs: nowMs, amount });
      }
      for (const { atMs } of sent) {
        const within = sent.filter((one) => one.atMs > atMs - 60_000 && one.atMs <= atMs);
        assert.ok(within.reduce((sum, one) => sum + one.amount, 0) <= max);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("whatever is added, changed and emptied, a window counts as one that keeps every part does", () => {
  const step = fc.record({
    // Seldom emptied and seldom left alone for long, so that many parts come and go.
    kind: fc.oneof(
      { weight: 200, arbitrary: fc.constantFrom("add", "add", "adjust", "look") },
      { weight: 1, arbitrary: fc.constant("empty") },
    ),
    gapMs: fc.oneof({ weight: 200, arbitrary: fc.nat(1_500) }, fc.nat(40_000)),
    amount: fc.integer({ min: -60, max: 60 }),
    which: fc.nat(30),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 400, size: "max" }),
      fc.integer({ min: 1, max: 200 }),
      (steps, max) => {
        const window = new SlidingWindow();
        const all = new Map<number, number>();
        const taken: number[] = [];
        let nowMs = 0;
        for (const { kind, gapMs, amount, which } of steps) {
          nowMs += gapMs;
          const newest = Math.floor(nowMs / 1_000);
          const part = taken.at(-which) ?? newest;
          if (kind === "add") {
            taken.push(window.add(Math.abs(amount), nowMs));
            all.set(newest, (all.get(newest) ?? 0) + Math.abs(amount));
          } else if (kind === "adjust") {
            window.sum(nowMs);
            assert.equal(window.adjust(part, amount), part > newest - 61);
            all.set(part, Math.max(0, (all.get(part) ?? 0) + amount));
          } else if (kind === "empty") {
            window.empty();
            all.clear();
          }
          const live = [...all].filter(([each, held]) => each > newest - 61 && held > 0).sort(([a], [b]) =>
            a - b
          );
          const sumAt = (atMs: number) =>
            live.reduce((sum, [each, held]) => (each + 61) * 1_000 > atMs ? sum + held : sum, 0);
          assert.deepEqual(window.parts(nowMs), live.map(([each, held]) => [each * 1_000, held]));
          assert.equal(window.sum(nowMs), sumAt(nowMs));
          const asked = Math.abs(amount);
          const fits = [nowMs, ...live.map(([each]) => (each + 61) * 1_000)].find((atMs) =>
            sumAt(atMs) + Math.min(asked, max) <= max
          );
          assert.equal(window.fitsAtMs(asked, max, nowMs), fits);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("a window of another span counts by sixtieths of it", () => {
  const window = new SlidingWindow(3_600_000);
  window.add(5, 0);
  assert.equal(window.sum(3_659_999), 5);
  assert.equal(window.sum(3_660_000), 0);
});

Deno.test("what a window holds can be put into another, and both end at the same time", () => {
  const window = new SlidingWindow();
  window.add(3, 500);
  window.add(2, 20_000);
  const other = new SlidingWindow();
  for (const [startMs, amount] of window.parts(30_000)) other.add(amount, startMs);
  assert.deepEqual(window.parts(30_000), [[0, 3], [20_000, 2]]);
  assert.equal(other.sum(61_000), 2);
  assert.equal(window.emptyAtMs(30_000), 81_000);
  assert.equal(other.emptyAtMs(81_000), 81_000);
});
