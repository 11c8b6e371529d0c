import assert from "node:assert/strict";
import fc from "fast-check";
import { readTime } from "../../../src/limits/ledger/read_time.ts";
import { utcTime } from "../../../src/recording/lines/utc_time.ts";

Deno.test("a month, a day, an hour and a time are read at their beginning", () => {
  const read = (text: string) => utcTime(readTime(text) ?? NaN);
  assert.equal(read("2026-02"), "2026-02-01T00:00:00.000Z");
  assert.equal(read("2024-2-29"), "2024-02-29T00:00:00.000Z");
  assert.equal(read("2026-01-31T23"), "2026-01-31T23:00:00.000Z");
  assert.equal(read("2026-01-31T23:59:58.123Z"), "2026-01-31T23:59:58.000Z");
  for (const text of ["", "2026", "yesterday", "2026-13", "2026-01-32", "2026-01-01T24", "1e9"]) {
    assert.equal(readTime(text), undefined, text);
  }
});

Deno.test("a day that its month does not have is no time", () => {
  for (const text of ["2026-02-30", "2026-13", "2026-00-01", "2026-04-31T10"]) {
    assert.equal(readTime(text), undefined);
  }
});

Deno.test("reading what is written gives the same second", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
    assert.equal(readTime(utcTime(seconds * 1000)), seconds * 1000);
  }));
});
