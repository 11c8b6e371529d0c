import assert from "node:assert/strict";
import fc from "fast-check";
import { SmallMap } from "../../../src/core/memory/small_map.ts";

Deno.test("whatever is put in and taken out, it holds what a Map would", () => {
  const key = fc.constantFrom("a", "b", "c");
  const step = fc.oneof(
    fc.record({ set: key, value: fc.option(fc.nat(3), { nil: undefined }) }),
    fc.record({ delete: key }),
    fc.constant({ clear: true }),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const small = new SmallMap<string, number | undefined>();
    const map = new Map<string, number | undefined>();
    for (const one of steps) {
      for (const each of [small, map]) {
        if ("set" in one) each.set(one.set, one.value);
        else if ("delete" in one) each.delete(one.delete);
        else each.clear();
      }
      assert.deepEqual([...small], [...map]);
      assert.deepEqual([...small.keys()], [...map.keys()]);
      assert.deepEqual([...small.values()], [...map.values()]);
      assert.equal(small.size, map.size);
      for (const name of ["a", "b", "c"]) {
        assert.equal(small.get(name), map.get(name));
        assert.equal(small.has(name), map.has(name));
      }
    }
  }));
});
