import assert from "node:assert/strict";
import { roundRobin } from "../../../src/balancing/strategies/round_robin.ts";
import { candidate, takeNames, takeNow, tierUnder } from "../fixtures.ts";

Deno.test("each has its turn, whatever the weights", () => {
  const list = [candidate("a", { weight: 9 }), candidate("b"), candidate("c", { weight: 0.1 })];
  assert.equal(takeNames(tierUnder(roundRobin, list), 7), "abcabca");
});

Deno.test("in a large tier nobody has a second turn before everyone had the first", () => {
  const list = Array.from({ length: 500 }, (_, index) => candidate(`k${index}`, { weight: 1 + index % 4 }));
  const tier = tierUnder(roundRobin, list);
  for (let round = 0; round < 3; round++) {
    assert.equal(new Set(list.map(() => takeNow(tier))).size, 500);
  }
});
