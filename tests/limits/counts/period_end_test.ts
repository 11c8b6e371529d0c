import assert from "node:assert/strict";
import { periodEndMs } from "../../../src/limits/counts/period_end.ts";

function end(kind: "day" | "month", zone: string, now: string, resetMinute = 0): string {
  return new Date(periodEndMs({ kind, zone, resetMinute }, Date.parse(now))).toISOString();
}

Deno.test("a month ends at the first of the next, by the clocks of its zone", () => {
  assert.equal(end("month", "UTC", "2026-02-10T12:00:00Z"), "2026-03-01T00:00:00.000Z");
  assert.equal(end("month", "UTC", "2026-12-31T23:59:59Z"), "2027-01-01T00:00:00.000Z");
  assert.equal(end("month", "America/Los_Angeles", "2026-10-15T00:00:00Z"), "2026-11-01T07:00:00.000Z");
  assert.equal(end("month", "Asia/Shanghai", "2026-01-31T15:59:59Z"), "2026-01-31T16:00:00.000Z");
  assert.equal(end("month", "Asia/Shanghai", "2026-01-31T16:00:00Z"), "2026-02-28T16:00:00.000Z");
});

Deno.test("a day ends at its reset", () => {
  assert.equal(end("day", "Europe/Berlin", "2026-07-01T10:00:00Z"), "2026-07-01T22:00:00.000Z");
  assert.equal(end("day", "UTC", "2026-07-01T10:00:00Z", 17 * 60 + 30), "2026-07-01T17:30:00.000Z");
});
