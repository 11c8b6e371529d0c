import assert from "node:assert/strict";
import { PeakEwma } from "../../../src/core/time/ewma.ts";

Deno.test("a worse sample counts at once, a better one by and by", () => {
  const average = new PeakEwma(10_000);
  average.observe(100, 0);
  average.observe(900, 10);
  assert.equal(average.read(10), 900);
  average.observe(100, 10_010);
  const expected = 900 * Math.exp(-1) + 100 * (1 - Math.exp(-1));
  assert.ok(Math.abs(average.read(10_010) - expected) < 1e-9);
});

Deno.test("with nothing new it falls towards zero, and is empty only before the first sample", () => {
  const average = new PeakEwma(10_000);
  assert.equal(average.isEmpty, true);
  assert.equal(average.read(5), 0);
  average.observe(1_000, 0);
  assert.equal(average.isEmpty, false);
  assert.ok(Math.abs(average.read(10_000) - 1_000 / Math.E) < 1e-9);
  assert.ok(average.read(200_000) < 1e-5);
});

Deno.test("a sample from before the last one does not raise what decayed", () => {
  const average = new PeakEwma(10_000);
  average.observe(1_000, 50_000);
  assert.equal(average.read(40_000), 1_000);
});
