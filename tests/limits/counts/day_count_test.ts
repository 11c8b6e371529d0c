import assert from "node:assert/strict";
import { DayCount } from "../../../src/limits/counts/day_count.ts";

const NOON_MS = Date.parse("2026-03-31T12:00:00Z");
const DAY_MS = 86_400_000;
const limit = { max: 100, resetMinute: 0, zone: "UTC" };

Deno.test("a day's count begins anew with the day", () => {
  const count = new DayCount();
  count.take(90, limit, NOON_MS);
  assert.equal(count.used(limit, NOON_MS + DAY_MS / 2 - 1), 90);
  assert.equal(count.used(limit, NOON_MS + DAY_MS / 2), 0);
});

Deno.test("what a request used beyond the day's limit is owed by the days after it", () => {
  const count = new DayCount();
  count.settle(count.take(100, limit, NOON_MS), 100, 350, limit);
  assert.equal(count.used(limit, NOON_MS + DAY_MS), 100);
  assert.equal(count.used(limit, NOON_MS + 2 * DAY_MS), 100);
  assert.equal(count.used(limit, NOON_MS + 3 * DAY_MS), 50);
  assert.equal(count.used(limit, NOON_MS + 4 * DAY_MS), 0);
  const idle = new DayCount();
  idle.settle(idle.take(100, limit, NOON_MS), 100, 350, limit);
  assert.equal(idle.used(limit, NOON_MS + 3 * DAY_MS), 50, "days without a request pay too");
});

Deno.test("a limit that is lowered makes no debts", () => {
  const count = new DayCount();
  count.take(100, limit, NOON_MS);
  assert.equal(count.used({ ...limit, max: 10 }, NOON_MS + DAY_MS), 0);
});

Deno.test("what comes back late for a day that is over is given back to nobody", () => {
  const count = new DayCount();
  const endMs = count.take(80, limit, NOON_MS);
  count.take(50, limit, NOON_MS + DAY_MS);
  count.settle(endMs, 80, 10, limit);
  assert.equal(count.used(limit, NOON_MS + DAY_MS), 50);
});
