import assert from "node:assert/strict";
import fc from "fast-check";
import { utcTime } from "../../../src/recording/lines/utc_time.ts";

Deno.test("utcTime spells any time from 1970 to 9999 as the platform does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (timeMs) => {
      assert.equal(utcTime(timeMs), new Date(timeMs).toISOString());
    }),
    { numRuns: 2000 },
  );
});

Deno.test("utcTime knows leap days", () => {
  for (const time of ["2000-02-29T12:00:00.000Z", "2024-02-29T00:00:00.000Z", "2100-03-01T00:00:00.000Z"]) {
    assert.equal(utcTime(Date.parse(time)), time);
  }
});

Deno.test("utcTime moves times out of its range to the nearest it can spell", () => {
  assert.equal(utcTime(-5), "1970-01-01T00:00:00.000Z");
  assert.equal(utcTime(Number.NaN), "1970-01-01T00:00:00.000Z");
  assert.equal(utcTime(1e18), "9999-12-31T23:59:59.999Z");
});
