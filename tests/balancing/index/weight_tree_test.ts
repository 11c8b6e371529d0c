import assert from "node:assert/strict";
import fc from "fast-check";
import { WeightTree } from "../../../src/balancing/index/weight_tree.ts";

Deno.test("a draw falls to the slot in whose stretch of the weights it lies, after any changes", () => {
  const change = fc.record({ slot: fc.nat({ max: 12 }), weight: fc.nat({ max: 5 }) });
  fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
    const tree = new WeightTree(13);
    const weights = Array.from({ length: 13 }, () => 0);
    for (const { slot, weight } of changes) {
      tree.set(slot, weight);
      weights[slot] = weight;
    }
    const stretches = weights.flatMap((weight, slot) => Array.from({ length: weight }, () => slot));
    assert.equal(tree.total, stretches.length);
    if (stretches.length === 0) assert.equal(tree.find(0.5), -1);
    for (const [at, slot] of stretches.entries()) {
      assert.equal(tree.find((at + 0.5) / stretches.length), slot);
    }
  }));
});

Deno.test("no draw falls to a slot of weight 0, not even the last one", () => {
  for (const size of [1, 2, 3, 8, 9, 100]) {
    const tree = new WeightTree(size);
    const only = size >> 1;
    tree.set(only, 0.1);
    for (const draw of [0, 0.5, 1 - Number.EPSILON / 2]) assert.equal(tree.find(draw), only);
  }
});

Deno.test("sums do not drift: what is set to nothing leaves nothing behind", () => {
  const tree = new WeightTree(50);
  for (let round = 1; round < 10_000; round++) tree.set(round % 50, 1 / round);
  for (let slot = 0; slot < 50; slot++) tree.set(slot, 0);
  assert.equal(tree.total, 0);
});
