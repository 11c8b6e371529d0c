import assert from "node:assert/strict";
import { random } from "../../../src/balancing/strategies/random.ts";
import { candidate, decideNow, tierUnder } from "../fixtures.ts";

Deno.test("each draw falls to the one whose stretch of the weights holds it", () => {
  const tier = tierUnder(random, [
    candidate("a", { weight: 1 }),
    candidate("b", { weight: 2 }),
    candidate("c", { weight: 1 }),
  ]);
  const pickAt = (draw: number) => decideNow(tier, {}, { random: () => draw }).pick?.endpoint.id;
  assert.deepEqual([0, 0.24, 0.25, 0.74, 0.75, 0.999].map(pickAt), ["a", "a", "b", "b", "c", "c"]);
});

Deno.test("a draw that rounding carries past the end still picks", () => {
  for (const size of [10, 1_000]) {
    const tenths = Array.from({ length: size }, (_, index) => candidate(`k${index}`, { weight: 0.1 }));
    const { pick } = decideNow(tierUnder(random, tenths), {}, { random: () => 1 - Number.EPSILON / 2 });
    assert.equal(pick?.endpoint.id, `k${size - 1}`);
  }
});
