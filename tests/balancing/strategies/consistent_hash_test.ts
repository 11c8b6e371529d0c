import assert from "node:assert/strict";
import { consistentHash } from "../../../src/balancing/strategies/consistent_hash.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { candidate, decideNow, healthWithout, takeNow, tierUnder } from "../fixtures.ts";

const CALLERS = 5_000;

const listOf = (size: number) => Array.from({ length: size }, (_, index) => candidate(`k${index}`));

/** Where each caller goes, with those out. */
function placesOf(size: number, isOut: (id: string) => boolean = () => false): (string | undefined)[] {
  const tier = tierUnder(consistentHash, listOf(size));
  const around = { health: healthWithout(isOut) };
  return Array.from(
    { length: CALLERS },
    (_, caller) => takeNow(tier, { hashKey: `caller ${caller}` }, around)?.endpoint.id,
  );
}

Deno.test("a caller goes to the same endpoint, also in a gateway started anew", () => {
  for (const size of [10, 200]) assert.deepEqual(placesOf(size), placesOf(size));
});

Deno.test("while one is out its callers alone move, and they come back with it", () => {
  for (const size of [10, 200]) {
    const before = placesOf(size);
    const during = placesOf(size, (id) => id === "k7");
    for (const [caller, place] of before.entries()) {
      if (place === "k7") assert.notEqual(during[caller], "k7");
      else assert.equal(during[caller], place);
    }
    const moved = before.filter((place, caller) => place !== during[caller]).length / CALLERS;
    assert.ok(moved > 0 && moved <= 1 / size + 0.05);
  }
});

Deno.test("nobody is given more than 1.25 times its even share of the requests under way", () => {
  for (const size of [8, 100]) {
    const tier = tierUnder(consistentHash, listOf(size));
    const held = 25 * size;
    const { random } = fakeRuntime({ seed: 3 });
    for (let request = 0; request < held; request++) {
      // One caller has most of the traffic.
      const hashKey = request % 4 === 0 ? `caller ${request}` : "the busy caller";
      const { turn } = decideNow(tier, { hashKey }, { random });
      assert.ok(turn);
      tier.index.started(turn, 0);
    }
    const most = Math.max(...tier.index.tierLoad.bySlot);
    assert.ok(most <= Math.ceil(1.25 * held / size), `${size}: ${most} of ${held}`);
    assert.equal(tier.index.tierLoad.total, held);
  }
});

Deno.test("what belongs to nothing is spread", () => {
  const tier = tierUnder(consistentHash, listOf(10));
  const { random } = fakeRuntime({ seed: 1 });
  const places = new Set(Array.from({ length: 200 }, () => takeNow(tier, {}, { random })));
  assert.equal(places.size, 10);
});
