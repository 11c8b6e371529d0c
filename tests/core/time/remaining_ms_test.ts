import assert from "node:assert/strict";
import { remainingMs } from "../../../src/core/time/remaining_ms.ts";

Deno.test("what is left of a whole time is whole, wherever the clock stands", () => {
  const clocks = Array.from({ length: 10_000 }, (_, index) => index * 7.013);
  assert.ok(clocks.some((nowMs) => nowMs + 2_000 - nowMs > 2_000), "no difference is off: nothing is shown");
  for (const nowMs of clocks) assert.equal(remainingMs(nowMs + 2_000, nowMs), 2_000);
});

Deno.test("nothing is left of what is over, and no end is left for ever", () => {
  assert.equal(remainingMs(5, 9), 0);
  assert.equal(remainingMs(Infinity, 9), Infinity);
});
