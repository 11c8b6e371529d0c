import assert from "node:assert/strict";
import { BudgetCount } from "../../../src/limits/counts/budget_count.ts";
import type { BudgetLimit, BudgetPeriod } from "../../../src/limits/limit_policy.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-03-31T12:00:00Z");

const budget = (usdMicros: number, period: BudgetPeriod): BudgetLimit => ({ usdMicros, period });

function spend(count: BudgetCount, limit: BudgetLimit, usdMicros: number, wallMs: number): void {
  count.settle(count.take(usdMicros, limit, wallMs), usdMicros);
}

Deno.test("reserved money counts, and only what was really spent stays", () => {
  const limit = budget(100, { kind: "total" });
  const count = new BudgetCount();
  const share = count.take(80, limit, START_MS);
  assert.equal(count.used(limit, START_MS), 80);
  assert.equal(count.fitsAtMs(30, limit, START_MS), START_MS + 1_000, "what is only reserved may come back");
  count.settle(share, 10);
  assert.equal(count.used(limit, START_MS), 10);
  assert.equal(count.fitsAtMs(90, limit, START_MS), START_MS);
  assert.equal(count.fitsAtMs(91, limit, START_MS), Infinity);
});

Deno.test("a month's money is back with the next month of its zone; a total never is", () => {
  const month = budget(100, { kind: "month", zone: "America/New_York" });
  const count = new BudgetCount();
  spend(count, month, 100, START_MS);
  const nextMs = Date.parse("2026-04-01T04:00:00Z");
  assert.equal(count.fitsAtMs(1, month, START_MS), nextMs);
  assert.equal(count.used(month, nextMs - 1), 100);
  assert.equal(count.used(month, nextMs), 0);
  const total = new BudgetCount();
  const all = budget(100, { kind: "total" });
  spend(total, all, 100, START_MS);
  assert.equal(total.fitsAtMs(1, all, START_MS + 400 * DAY_MS), Infinity);
});

Deno.test("a rolling window gives money back bit by bit, and never holds more than its span", () => {
  const limit = budget(100, { kind: "rolling", spanMs: 7 * DAY_MS });
  const count = new BudgetCount();
  spend(count, limit, 60, START_MS);
  spend(count, limit, 40, START_MS + 3 * DAY_MS);
  const backMs = count.fitsAtMs(50, limit, START_MS + 3 * DAY_MS);
  assert.ok(backMs > START_MS + 7 * DAY_MS && backMs <= START_MS + 7.2 * DAY_MS, String(backMs - START_MS));
  assert.equal(count.used(limit, backMs), 40);
});

Deno.test("money is reset by hand, and what requests under way have reserved stays reserved", () => {
  for (const period of [{ kind: "total" }, { kind: "rolling", spanMs: DAY_MS }] as const) {
    const limit = budget(100, period);
    const count = new BudgetCount();
    spend(count, limit, 70, START_MS);
    const share = count.take(20, limit, START_MS);
    count.reset(limit, START_MS);
    assert.equal(count.used(limit, START_MS), 20);
    count.settle(share, 15);
    assert.equal(count.used(limit, START_MS), 15);
  }
});

Deno.test("what was under way at a reset counts in a rolling budget until its own part leaves the span", () => {
  const limit = budget(100, { kind: "rolling", spanMs: DAY_MS });
  const count = new BudgetCount();
  const share = count.take(20, limit, START_MS);
  const older = count.take(10, limit, START_MS);
  const resetMs = START_MS + DAY_MS / 2;
  spend(count, limit, 40, resetMs - 1);
  count.reset(limit, resetMs);
  count.settle(share, 15);
  assert.equal(count.used(limit, resetMs), 25, "what it cost, and what is still reserved");
  assert.equal(count.used(limit, START_MS + DAY_MS), 25);
  assert.equal(count.used(limit, START_MS + 1.1 * DAY_MS), 10, "as if it had not been reset");
  count.settle(older, 10);
  assert.equal(count.used(limit, START_MS + 1.1 * DAY_MS), 0, "its own part has left the span");
});

Deno.test("a raised budget counts on, another kind of period begins anew", () => {
  const count = new BudgetCount();
  spend(count, budget(100, { kind: "total" }), 90, START_MS);
  assert.equal(count.used(budget(500, { kind: "total" }), START_MS), 90);
  assert.equal(count.used(budget(100, { kind: "day", zone: "UTC" }), START_MS), 0);
});

Deno.test("after a restart what was reserved counts as spent: nobody will settle it", () => {
  for (
    const period of [{ kind: "total" }, { kind: "month", zone: "UTC" }, {
      kind: "rolling",
      spanMs: DAY_MS,
    }] as const
  ) {
    const limit = budget(100, period);
    const before = new BudgetCount();
    spend(before, limit, 30, START_MS);
    before.take(20, limit, START_MS);
    const after = new BudgetCount();
    after.restore(JSON.parse(JSON.stringify(before.saved(START_MS))));
    assert.equal(after.used(limit, START_MS + 1_000), 50, period.kind);
    assert.equal(after.reserved, 0);
  }
});
