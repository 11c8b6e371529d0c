import assert from "node:assert/strict";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import type { Picker } from "../../../src/balancing/strategies/strategy.ts";
import { weightedRoundRobin } from "../../../src/balancing/strategies/weighted_round_robin.ts";
import { candidate } from "../fixtures.ts";

const context = { nowMs: 0, random: () => 0 };

function take(picker: Picker, eligible: readonly Candidate[], turns: number): string {
  let names = "";
  for (let turn = 0; turn < turns; turn++) {
    const pick = picker.pick(eligible, context);
    assert.ok(pick);
    picker.started(pick, eligible);
    names += pick.endpoint.id;
  }
  return names;
}

Deno.test("weights 5, 1, 1 give nginx's smooth sequence, twice over", () => {
  const all = [candidate("a", { weight: 5 }), candidate("b"), candidate("c")];
  assert.equal(take(weightedRoundRobin.create(), all, 14), "aabacaa".repeat(2));
});

Deno.test("picking without starting turns nothing", () => {
  const picker = weightedRoundRobin.create();
  const all = [candidate("a"), candidate("b")];
  const first = picker.pick(all, context);
  assert.equal(picker.pick(all, context), first);
  assert.equal(take(picker, all, 4), "abab");
});

Deno.test("one that comes back after an absence neither floods nor starves", () => {
  const picker = weightedRoundRobin.create();
  const [a, b, c] = [candidate("a"), candidate("b"), candidate("c")];
  take(picker, [a, b, c], 10);
  take(picker, [a, b], 1_000);
  const after = take(picker, [a, b, c], 12);
  for (const id of ["a", "b", "c"]) {
    const share = after.split(id).length - 1;
    assert.ok(share >= 3 && share <= 5, `${id} got ${share} of 12 in ${after}`);
  }
});

Deno.test("the rotation is kept by endpoint id, not by the candidate object", () => {
  const picker = weightedRoundRobin.create();
  assert.equal(take(picker, [candidate("a"), candidate("b")], 1), "a");
  assert.equal(take(picker, [candidate("a"), candidate("b")], 1), "b");
});

Deno.test("one endpoint that stands for two models has a turn for each", () => {
  const picker = weightedRoundRobin.create();
  const all = [candidate("a", { model: "x", weight: 3 }), candidate("a", { model: "y" })];
  const counts = new Map<string | undefined, number>();
  for (let turn = 0; turn < 400; turn++) {
    const pick = picker.pick(all, context);
    assert.ok(pick);
    picker.started(pick, all);
    counts.set(pick.model, (counts.get(pick.model) ?? 0) + 1);
  }
  assert.deepEqual(counts, new Map([["x", 300], ["y", 100]]));
});
