import assert from "node:assert/strict";
import { candidate, healthWithout, takeNames, takeNow, tierOf } from "../fixtures.ts";

Deno.test("weights 5, 1, 1 give nginx's smooth sequence, twice over", () => {
  const tier = tierOf(candidate("a", { weight: 5 }), candidate("b"), candidate("c"));
  assert.equal(takeNames(tier, 14), "aabacaa".repeat(2));
});

Deno.test("one that comes back after an absence neither floods nor starves", () => {
  const tier = tierOf(candidate("a"), candidate("b"), candidate("c"));
  takeNames(tier, 10);
  takeNames(tier, 1_000, {}, { health: healthWithout((id) => id === "c") });
  const after = takeNames(tier, 12);
  for (const id of ["a", "b", "c"]) {
    const share = after.split(id).length - 1;
    assert.ok(share >= 3 && share <= 5, `${id} got ${share} of 12 in ${after}`);
  }
});

Deno.test("one endpoint that stands for two models has a turn for each", () => {
  const tier = tierOf(candidate("a", { model: "x", weight: 3 }), candidate("a", { model: "y" }));
  const counts = new Map<string | undefined, number>();
  for (let turn = 0; turn < 400; turn++) {
    const pick = takeNow(tier);
    counts.set(pick?.model, (counts.get(pick?.model) ?? 0) + 1);
  }
  assert.deepEqual(counts, new Map([["x", 300], ["y", 100]]));
});
