import assert from "node:assert/strict";
import { KnownRates, weightNow } from "../../../src/balancing/index/weights.ts";
import { candidate, outcome } from "../fixtures.ts";

function ratesOf(...rates: readonly number[]): KnownRates {
  const known = new KnownRates();
  for (const rate of rates) known.change(undefined, rate);
  return known;
}

Deno.test("weights follow known limits, and whoever has none counts as the mean", () => {
  const known = ratesOf(30, 90, 180);
  assert.deepEqual([30, 90, 180].map((rate) => known.factor(rate)), [0.3, 0.9, 1.8]);
  assert.equal(known.factor(undefined), 1);
  assert.equal(new KnownRates().factor(undefined), 1);
});

Deno.test("limits differ by 1 : 1,000 at most, however wrong they are", () => {
  const known = ratesOf(0, 1, 1e9);
  const factors = [0, 1, 1e9].map((rate) => known.factor(rate));
  const ratio = Math.max(...factors) / Math.min(...factors);
  assert.ok(ratio <= 1_000.000001, `${ratio}`);
  assert.equal(ratesOf(0, 0).factor(0), 1, "where all are at nothing, all are equal");
});

Deno.test("a limit that changes, or is no more known, moves the mean", () => {
  const known = ratesOf(100, 100);
  known.change(100, 300);
  assert.equal(known.factor(300), 1.5);
  known.change(300, undefined);
  assert.equal(known.factor(100), 1);
});

Deno.test("a weight is what config says, by trust and slow start", () => {
  const one = candidate("a", { weight: 8 });
  assert.equal(weightNow(one, 0, 30_000), 8);
  one.endpoint.load.begin();
  one.endpoint.load.end(outcome("broken"), 0);
  assert.equal(weightNow(one, 0, 30_000), 4);
  one.endpoint.load.seen({ state: "ejected", scope: "s", reason: "r", sinceMs: 0, endMs: 5 }, 0);
  one.endpoint.load.seen(undefined, 5);
  assert.equal(weightNow(one, 5, 30_000), 0.4);
  assert.equal(weightNow(one, 5, 0), 4, "slow start can be off");
});
