import assert from "node:assert/strict";
import { readOrder } from "../../../tools/bench/order.ts";
import { barsTable, fillPage } from "../../../tools/bench/report/page.ts";
import { figure, ratioBar, ratios } from "../../../tools/bench/report/section.ts";
import { slopeOf } from "../../../tools/bench/report/slope.ts";
import { medianOf, quantilesOf } from "../../../tools/bench/report/statistics.ts";

Deno.test("medians and quantiles are those of the sorted values", () => {
  assert.equal(medianOf([3, 1, 2]), 2);
  assert.equal(medianOf([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(medianOf([])));
  const values = Array.from({ length: 1_000 }, (_, index) => 999 - index);
  const { count, p50, p99, p999, max } = quantilesOf(values);
  assert.deepEqual([count, p50, p99, p999, max], [1_000, 500, 990, 999, 999]);
});

Deno.test("ratios are taken round by round, and there are none without the other", () => {
  const rounds = { a: [{ cpu: 10 }, { cpu: 30 }], b: [{ cpu: 5 }, { cpu: 10 }] };
  assert.deepEqual(ratios(rounds, ["a", "b"], ({ cpu }) => cpu), [2, 3]);
  assert.deepEqual(ratios(rounds, ["a", "c"], ({ cpu }) => cpu), []);
});

Deno.test("a bar is met, missed, or not judged, and the table says which", () => {
  const bars = [
    ratioBar({ what: "cheap", values: [4, 4.5, 9], atMost: 5, unit: "× nginx" }),
    ratioBar({ what: "fast", values: [0.1], atLeast: 0.22, unit: "× nginx" }),
    ratioBar({ what: "alone", values: [], atMost: 1, unit: "× nginx" }),
  ];
  assert.deepEqual(bars.map(({ isMet }) => isMet), [true, false, undefined]);
  const table = barsTable(bars);
  assert.match(table, /\| cheap \| ≤ 5 × nginx \| 4\.50 \(4\.00–9\.00\) × nginx \| yes \|/);
  assert.match(table, /\| fast .* \| \*\*no\*\* \|/);
  assert.match(table, /\| alone .* not measured \| – \|/);
});

Deno.test("figures have three digits that count", () => {
  assert.deepEqual([1234.5, 999.4, 45.67, 0.123, NaN].map(figure), ["1,235", "999", "45.7", "0.12", "–"]);
});

Deno.test("a slope is that of the line, with no error when all points lie on it", () => {
  const slope = slopeOf([[0, 5], [1, 7], [2, 9]]);
  assert.deepEqual(slope, { perUnit: 2, error: 0 });
  assert.ok(slopeOf([[0, 0], [1, 3], [2, 1], [3, 4]]).error > 0);
});

Deno.test("a run replaces the figures of the page and nothing else, and a page without their place is refused", () => {
  const page =
    "# A\nby hand\n<!-- begin x -->\nold\n<!-- end x -->\nmore by hand\n<!-- begin y -->\nkept\n<!-- end y -->\n";
  assert.equal(fillPage(page, { x: "new" }), page.replace("old", "new"));
  assert.throws(() => fillPage(page, { z: "new" }), /no place for 'z'/);
});

Deno.test("the page has a place for every measurement", () => {
  const page = Deno.readTextFileSync(new URL("../../../docs/benchmarks.md", import.meta.url));
  const order = readOrder(["--soak=1m"]);
  assert.ok(typeof order === "object");
  fillPage(page, Object.fromEntries([...order.only, "run", "bars"].map((name) => [name, ""])));
});

Deno.test("a run by flags: what it measures, and what is refused with the reason", () => {
  const read = (...args: string[]) => {
    const order = readOrder(args);
    return typeof order === "string" ? order.split("\n")[0] : order;
  };
  const whole = read();
  assert.ok(typeof whole === "object" && whole.writesPage && !whole.only.includes("soak"));
  const some = read("--only=chunks,soak", "--quick", "--soak=3m");
  assert.ok(typeof some === "object" && !some.writesPage && some.soakMs === 180_000);
  assert.deepEqual(some.only, ["chunks", "soak"]);
  assert.equal(read("--fast"), "Cannot use '--fast'.");
  assert.equal(read("--only=speed"), "There is no measurement 'speed'.");
  assert.equal(read("--soak=long"), "--soak takes minutes, such as --soak=10m.");
});
