import assert from "node:assert/strict";
import { random } from "../../../src/balancing/strategies/random.ts";
import { candidate } from "../fixtures.ts";

const all = [candidate("a", { weight: 1 }), candidate("b", { weight: 2 }), candidate("c", { weight: 1 })];

Deno.test("each draw falls to the one whose stretch of the weights holds it", () => {
  const picker = random.create();
  const pickAt = (draw: number) => picker.pick(all, { nowMs: 0, random: () => draw })?.endpoint.id;
  assert.deepEqual([0, 0.24, 0.25, 0.74, 0.75, 0.999].map(pickAt), ["a", "a", "b", "b", "c", "c"]);
});

Deno.test("a draw that rounding carries past the end still picks", () => {
  const tenths = Array.from({ length: 10 }, (_, index) => candidate(`k${index}`, { weight: 0.1 }));
  const pick = random.create().pick(tenths, { nowMs: 0, random: () => 1 - Number.EPSILON / 2 });
  assert.equal(pick?.endpoint.id, "k9");
});
