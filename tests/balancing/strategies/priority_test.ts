import assert from "node:assert/strict";
import { priority } from "../../../src/balancing/strategies/priority.ts";
import { candidate, healthWithout, takeNames, takeNow, tierUnder } from "../fixtures.ts";

Deno.test("the dear ones are used only while no cheap one can serve", () => {
  const list = [
    candidate("p", { priority: 9 }),
    candidate("a", { priority: 1, weight: 2 }),
    candidate("b", { priority: 1 }),
  ];
  const tier = tierUnder(priority, list);
  assert.equal(takeNames(tier, 6), "abaaba");
  assert.equal(takeNames(tier, 2, {}, { health: healthWithout((id) => id === "a") }), "bb");
  assert.equal(takeNames(tier, 2, {}, { health: healthWithout((id) => id !== "p") }), "pp");
  assert.doesNotMatch(takeNames(tier, 6), /p/);
});

Deno.test("in a large tier too, each rank comes only after the ranks before it", () => {
  const list = Array.from({ length: 300 }, (_, index) => candidate(`k${index}`, { priority: index % 3 }));
  const tier = tierUnder(priority, list);
  const rankNow = (out: (rank: number) => boolean) => {
    const health = healthWithout((id) => out(Number(id.slice(1)) % 3));
    const ranks = new Set<number | undefined>();
    for (let turn = 0; turn < 300; turn++) ranks.add(takeNow(tier, {}, { health })?.endpoint.priority);
    return [...ranks];
  };
  assert.deepEqual(rankNow(() => false), [0]);
  assert.deepEqual(rankNow((rank) => rank === 0), [1]);
  assert.deepEqual(rankNow((rank) => rank < 2), [2]);
});
