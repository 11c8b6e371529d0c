import assert from "node:assert/strict";
import { daysSince1970, isCivilDay } from "../../../src/core/time/civil_days.ts";

Deno.test("days are numbered as the calendar has them, leap years and all", () => {
  for (let days = -20_000; days < 60_000; days += 13) {
    const date = new Date(days * 86_400_000);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    assert.equal(daysSince1970(year, month, day), days);
    assert.ok(isCivilDay(year, month, day));
  }
});

Deno.test("a day that a month does not have is none", () => {
  assert.deepEqual(
    ([[2026, 2, 29], [2028, 2, 29], [2100, 2, 29], [2026, 4, 31], [2026, 12, 31], [2026, 13, 1], [
      2026,
      1,
      0,
    ]] as const)
      .map(([year, month, day]) => isCivilDay(year, month, day)),
    [false, true, false, false, true, false, false],
  );
});
