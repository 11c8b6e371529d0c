import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIsoTime } from "../../../src/core/time/iso_time.ts";
import { utcTime } from "../../../src/recording/lines/utc_time.ts";

Deno.test("every time that is written is read back as the same", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (timeMs) => {
    assert.equal(parseIsoTime(utcTime(timeMs)), timeMs);
  }));
});

Deno.test("a day means its end in UTC, and a zone is reckoned in", () => {
  const midnightMs = parseIsoTime("2027-02-01T00:00Z");
  assert.equal(parseIsoTime("2027-01-31"), midnightMs);
  assert.equal(parseIsoTime("2027-02-01T08:00:00+08:00"), midnightMs);
  assert.equal(parseIsoTime("2027-01-31T19:00:00.000-05:00"), midnightMs);
  assert.equal(parseIsoTime("2028-02-29"), parseIsoTime("2028-03-01T00:00:00Z"));
});

Deno.test("what is no day of the calendar or names no zone is no time", () => {
  for (
    const text of [
      "",
      "2027",
      "2027-02-29",
      "2027-13-01",
      "2027-00-01",
      "2027-04-31",
      "2027-01-31T10:00:00",
      "2027-01-31T24:00:00Z",
      "2027-01-31T10:61Z",
      "2027-01-31T10:00+99:00",
      "1969-12-31",
      " 2027-01-31",
      "31.01.2027",
    ]
  ) assert.equal(parseIsoTime(text), undefined, text);
});
