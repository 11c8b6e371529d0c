import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyedHeap } from "../../../src/balancing/index/keyed_heap.ts";

const CAPACITY = 40;

/** What a heap must agree with: plain lists. */
class Model {
  readonly keys = new Map<number, number>();

  constructor(readonly rankOf: (item: number) => number) {}

  get ordered(): number[] {
    return [...this.keys.keys()].sort((one, other) =>
      this.rankOf(one) - this.rankOf(other) || (this.keys.get(one) ?? 0) - (this.keys.get(other) ?? 0) ||
      one - other
    );
  }
}

const step = fc.record({
  item: fc.nat({ max: CAPACITY - 1 }),
  key: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
});

for (const isRanked of [false, true]) {
  Deno.test(`after any changes the items come in the order of ${isRanked ? "ranks and " : ""}keys`, () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const ranks = isRanked ? Int32Array.from({ length: CAPACITY }, (_, item) => item % 3) : undefined;
      const heap = new KeyedHeap(CAPACITY, ranks);
      const model = new Model((item) => ranks?.[item] ?? 0);
      for (const { item, key } of steps) {
        if (key === undefined) {
          heap.remove(item);
          model.keys.delete(item);
        } else {
          heap.set(item, key);
          model.keys.set(item, key);
        }
        assert.equal(heap.first, model.ordered[0] ?? -1);
        assert.equal(heap.size, model.keys.size);
      }
      const walked: number[] = [];
      const found = heap.find((item) => {
        walked.push(item);
        return false;
      }, CAPACITY + 1);
      assert.equal(found, -1);
      assert.deepEqual(walked, model.ordered);
    }));
  });
}

Deno.test("finding looks at no more than it may, and changes nothing", () => {
  const heap = new KeyedHeap(100);
  for (let item = 0; item < 100; item++) heap.set(item, 100 - item);
  let looks = 0;
  assert.equal(heap.find(() => ++looks > 10, 10), -1);
  assert.equal(looks, 10);
  assert.equal(heap.find((item) => item === 95, 10), 95);
  assert.equal(heap.first, 99);
});

Deno.test("a removed item keeps its last key", () => {
  const heap = new KeyedHeap(3);
  heap.set(1, 7);
  heap.remove(1);
  assert.equal(heap.has(1), false);
  assert.equal(heap.keyOf(1), 7);
});
