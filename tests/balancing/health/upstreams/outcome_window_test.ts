import assert from "node:assert/strict";
import fc from "fast-check";
import { OutcomeWindow, WINDOW_PARTS } from "../../../../src/balancing/health/upstreams/outcome_window.ts";

const SPAN_MS = 10_000;
const PART_MS = SPAN_MS / WINDOW_PARTS;

Deno.test("a window counts what came within its span and drops the oldest tenth whole", () => {
  const window = new OutcomeWindow(SPAN_MS);
  window.add(true, 0);
  window.add(false, 999);
  window.add(true, 5_000);
  assert.deepEqual(window.read(9_999), { failures: 2, answers: 3 });
  assert.deepEqual(window.read(10_000), { failures: 1, answers: 1 });
  assert.deepEqual(window.read(15_000), { failures: 0, answers: 0 });
});

Deno.test("a window that was left alone for long is empty, also after whole turns of its parts", () => {
  for (const laterMs of [SPAN_MS, SPAN_MS * 2, SPAN_MS * 1000 + 1]) {
    const window = new OutcomeWindow(SPAN_MS);
    window.add(true, 3_500);
    assert.deepEqual(window.read(3_500 + laterMs), { failures: 0, answers: 0 });
  }
});

Deno.test("a cleared window begins anew", () => {
  const window = new OutcomeWindow(SPAN_MS);
  window.add(true, 100);
  window.clear();
  window.add(false, 200);
  assert.deepEqual(window.read(200), { failures: 0, answers: 1 });
});

Deno.test("a window's counts are exactly those of the parts that its span touches", () => {
  const answers = fc.array(fc.record({ afterMs: fc.nat(4_000), failed: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(answers, fc.nat(12_000), (list, restMs) => {
      const window = new OutcomeWindow(SPAN_MS);
      const seen: { part: number; failed: boolean }[] = [];
      let nowMs = 1_000;
      for (const { afterMs, failed } of list) {
        nowMs += afterMs;
        window.add(failed, nowMs);
        seen.push({ part: Math.floor(nowMs / PART_MS), failed });
      }
      nowMs += restMs;
      const within = seen.filter(({ part }) => part > Math.floor(nowMs / PART_MS) - WINDOW_PARTS);
      assert.deepEqual(window.read(nowMs), {
        failures: within.filter(({ failed }) => failed).length,
        answers: within.length,
      });
    }),
    { seed: 7, numRuns: 300 },
  );
});
