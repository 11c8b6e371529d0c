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

Deno.test("what others give back on the same day is owed no more, in whatever order they are settled", () => {
  const orders = [[[60, 80], [40, 10]], [[40, 10], [60, 80]]] as const;
  for (const order of orders) {
    const count = new DayCount();
    const shares = order.map(([taken, used]) => ({
      ...{ taken, used },
      endMs: count.take(taken, limit, NOON_MS),
    }));
    for (const { taken, used, endMs } of shares) count.settle(endMs, taken, used, limit);
    assert.equal(count.used(limit, NOON_MS), 90);
    assert.equal(count.used(limit, NOON_MS + DAY_MS), 0, "the day was not over its limit");
  }
  const over = new DayCount();
  const endMs = over.take(60, limit, NOON_MS);
  over.take(40, limit, NOON_MS);
  over.settle(endMs, 60, 80, limit);
  over.settle(endMs, 40, 30, limit);
  assert.equal(over.used(limit, NOON_MS), 110);
  assert.equal(over.used(limit, NOON_MS + DAY_MS), 10, "what was over it is owed");
});

Deno.test("what a day owes is kept over a restart", () => {
  const before = new DayCount();
  before.settle(before.take(100, limit, NOON_MS), 100, 150, limit);
  const after = new DayCount();
  after.restore(JSON.parse(JSON.stringify(before.saved())));
  assert.equal(after.used(limit, NOON_MS), 150);
  assert.equal(after.used(limit, NOON_MS + DAY_MS), 50);
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
