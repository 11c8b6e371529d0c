import assert from "node:assert/strict";
import { nextResetMs } from "../../../src/core/time/daily_reset.ts";

const at = (text: string) => Date.parse(text);
const next = (zone: string, time: string, now: string) => {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return new Date(nextResetMs({ resetMinute: hour * 60 + minute, zone }, at(now))).toISOString();
};

Deno.test("the next reset is the zone's time of day, today or tomorrow", () => {
  assert.equal(next("UTC", "00:00", "2026-11-21T10:00:00Z"), "2026-11-22T00:00:00.000Z");
  assert.equal(next("UTC", "17:30", "2026-11-21T10:00:00.250Z"), "2026-11-21T17:30:00.000Z");
  assert.equal(next("America/Los_Angeles", "00:00", "2026-11-21T07:59:59Z"), "2026-11-21T08:00:00.000Z");
  assert.equal(next("Asia/Kolkata", "00:00", "2026-11-21T10:00:00Z"), "2026-11-21T18:30:00.000Z");
});

Deno.test("a reset at this very moment is the next day's", () => {
  assert.equal(next("UTC", "10:00", "2026-11-21T10:00:00Z"), "2026-11-22T10:00:00.000Z");
});

Deno.test("when clocks are changed in between, the time of day still holds", () => {
  assert.equal(next("America/Los_Angeles", "00:00", "2026-10-31T20:00:00Z"), "2026-11-01T07:00:00.000Z");
  assert.equal(next("America/Los_Angeles", "00:00", "2026-11-01T20:00:00Z"), "2026-11-02T08:00:00.000Z");
  assert.equal(next("Europe/Berlin", "12:00", "2026-03-28T12:00:00Z"), "2026-03-29T10:00:00.000Z");
});
