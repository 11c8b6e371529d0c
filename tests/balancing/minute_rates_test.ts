import assert from "node:assert/strict";
import { MinuteRates } from "../../src/balancing/minute_rates.ts";

Deno.test("the current rate fades from the minute before, and the peak is the busiest minute's", () => {
  const rates = new MinuteRates();
  for (let times = 0; times < 60; times++) rates.began(10_000);
  rates.used(500, 20_000);
  rates.refused(20_000);
  assert.deepEqual(rates.read(59_000).current, { requests: 60, tokens: 500, refused: 1 });
  rates.began(60_000);
  assert.deepEqual(rates.read(90_000).current, { requests: 31, tokens: 250, refused: 1 });
  assert.deepEqual(rates.read(90_000).peak, { requests: 60, tokens: 500, refused: 1 });
  assert.deepEqual(rates.read(300_000).current, { requests: 0, tokens: 0, refused: 0 });
  assert.deepEqual(rates.read(300_000).peak, { requests: 60, tokens: 500, refused: 1 });
});
