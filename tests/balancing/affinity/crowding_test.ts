import assert from "node:assert/strict";
import { isCrowded } from "../../../src/balancing/affinity/crowding.ts";
import { candidate, decideNow, healthWithout, takeNow, tierOf } from "../fixtures.ts";

/** Begins requests that stay under way and all ask for endpoint `0`; how many each endpoint got. */
function begin(count: number, ids: readonly string[], weights: readonly number[] = []): number[] {
  const tier = tierOf(...ids.map((id, index) => candidate(id, { weight: weights[index] ?? 1 })));
  const got = ids.map(() => 0);
  for (let request = 0; request < count; request++) {
    const { pick, turn } = decideNow(tier, { stayWith: "0" });
    assert.ok(pick && turn);
    tier.index.started(turn, 0);
    const index = ids.indexOf(pick.endpoint.id);
    got[index] = (got[index] ?? 0) + 1;
  }
  return got;
}

const named = (count: number) => Array.from({ length: count }, (_, index) => String(index));

Deno.test("one more is too many above 1.25 times the share and four", () => {
  assert.equal(isCrowded({ inFlight: 4, total: 4, share: 0.25 }), false);
  assert.equal(isCrowded({ inFlight: 5, total: 5, share: 0.25 }), true);
  assert.equal(isCrowded({ inFlight: 28, total: 79, share: 0.25 }), false);
  assert.equal(isCrowded({ inFlight: 29, total: 79, share: 0.25 }), true);
  assert.equal(isCrowded({ inFlight: 1_000, total: 1_000, share: 1 }), false);
});

Deno.test("a few requests at a time all stay together", () => {
  assert.deepEqual(begin(4, named(8)), [4, 0, 0, 0, 0, 0, 0, 0]);
});

for (const size of [4, 40]) {
  Deno.test(`what all ask for spreads, within the band, over ${size} endpoints`, () => {
    const got = begin(1_000, named(size));
    const mean = 1_000 / size;
    const [wanted = 0, ...others] = got;
    assert.ok(wanted <= 1.25 * mean + 5 && wanted >= 1.25 * mean, `${wanted} of a mean of ${mean}`);
    assert.ok(Math.min(...others) > 0.8 * mean, `the least has ${Math.min(...others)} of a mean of ${mean}`);
  });

  Deno.test(`of ${size} endpoints one with ten times the weight bears ten times as much`, () => {
    const weights = named(size).map((_, index) => index === 0 ? 10 : 1);
    const [wanted = 0] = begin(1_000, named(size), weights);
    const share = 10 / (10 + size - 1);
    assert.ok(wanted >= 1.2 * share * 1_000 || wanted === 1_000, `${wanted} of a share of ${share}`);
  });

  Deno.test(`what must stay stays, however crowded it is among ${size}`, () => {
    const tier = tierOf(...named(size).map((id) => candidate(id)));
    for (let request = 0; request < 100; request++) {
      const { pick, turn, why } = decideNow(tier, { stayWith: "0", stayAnyway: true });
      assert.equal(pick?.endpoint.id, "0");
      assert.deepEqual([why.chosenBy, why.crowded], ["affinity", undefined]);
      if (turn !== undefined) tier.index.started(turn, 0);
    }
  });

  Deno.test(`the decision says that it was crowded, and not where it could not serve at all, among ${size}`, () => {
    const tier = tierOf(...named(size).map((id) => candidate(id)));
    for (let request = 0; request < 20; request++) {
      const { turn } = decideNow(tier, { stayWith: "0", stayAnyway: true });
      if (turn !== undefined) tier.index.started(turn, 0);
    }
    for (const explain of [false, true]) {
      const { pick, why } = decideNow(tier, { stayWith: "0", explain });
      assert.notEqual(pick?.endpoint.id, "0");
      assert.deepEqual([why.chosenBy, why.crowded], ["strategy", true]);
    }
    const { why } = decideNow(tier, { stayWith: "0" }, { health: healthWithout((id) => id === "0") });
    assert.deepEqual([why.chosenBy, why.crowded], ["strategy", undefined]);
  });
}

Deno.test("when the others are out, the one that is left is never too crowded", () => {
  const tier = tierOf(...named(4).map((id) => candidate(id)));
  const health = healthWithout((id) => id !== "0");
  for (let request = 0; request < 50; request++) {
    const { pick, turn, why } = decideNow(tier, { stayWith: "0" }, { health });
    assert.equal(pick?.endpoint.id, "0");
    assert.equal(why.chosenBy, "affinity");
    if (turn !== undefined) tier.index.started(turn, 0);
  }
});

Deno.test("requests that end make room again", () => {
  const tier = tierOf(...named(4).map((id) => candidate(id)));
  for (let request = 0; request < 100; request++) {
    assert.equal(takeNow(tier, { stayWith: "0" })?.endpoint.id, "0");
  }
});
