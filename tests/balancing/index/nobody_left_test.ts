import assert from "node:assert/strict";
import { decide } from "../../../src/balancing/decide.ts";
import type { HealthView } from "../../../src/balancing/health/health_view.ts";
import type { Mark } from "../../../src/balancing/health/mark.ts";
import { NobodyLeft } from "../../../src/balancing/index/nobody_left.ts";
import { NO_QUOTA } from "../../../src/balancing/quota/quota_view.ts";
import { weightedRoundRobin } from "../../../src/balancing/strategies/weighted_round_robin.ts";
import { candidate, tierUnder } from "../fixtures.ts";

const SIZE = 1_000;

/** A large tier whose every endpoint cools down until 10 s, and a count of the looks at them. */
function allOut() {
  const candidates = Array.from({ length: SIZE }, (_, index) => candidate(`endpoint${index}`));
  const back = new Set<string>();
  const world = { looks: 0, reliefs: 0, nowMs: 1_000, back };
  const health: HealthView = {
    exclusion: ({ endpoint }) => {
      world.looks++;
      if (world.back.has(endpoint.id)) return undefined;
      // as: what else a mark holds is of no interest here
      return { state: "cooldown", endMs: 10_000, refused: false } as unknown as Mark;
    },
    get reliefs() {
      return world.reliefs;
    },
  };
  const tier = tierUnder(weightedRoundRobin, candidates);
  const ask = (more: object = {}) => {
    const around = { health, quota: NO_QUOTA, nowMs: world.nowMs, random: () => 0.5 };
    tier.index.settle("m", around);
    world.looks = 0;
    return decide({ model: "m", tried: new Set(), ...more }, tier, around);
  };
  return { world, ask, candidates };
}

Deno.test("that nobody is left is found out once, and told to all who ask in the next moment", () => {
  const { world, ask, candidates } = allOut();
  const first = ask();
  assert.equal(world.looks, SIZE);
  world.nowMs += 100;
  const tried = new Set(candidates.slice(0, 1));
  const second = ask({ tried });
  assert.equal(world.looks, 0, "nobody was looked at");
  assert.deepEqual(second.why.excluded, first.why.excluded);
  assert.deepEqual([first.why.soonestMs, second.why.soonestMs], [9_000, 8_900]);
});

Deno.test("who is back is found at once, though nobody was left a moment ago", () => {
  const { world, ask } = allOut();
  ask();
  world.back.add("endpoint7");
  world.reliefs++;
  assert.equal(ask().pick?.endpoint.id, "endpoint7");
});

Deno.test("after a quarter of a second all are looked at again, and an explanation always looks", () => {
  const { world, ask } = allOut();
  ask();
  assert.equal(ask({ explain: true }).why.standings?.length, SIZE);
  world.nowMs += 251;
  ask();
  assert.equal(world.looks, SIZE);
});

Deno.test("a finding holds for requests that need as much, and until the first is back", () => {
  const around = { health: { exclusion: () => undefined, reliefs: 1 }, quota: NO_QUOTA, nowMs: 1_000 };
  const left = new NobodyLeft<string>();
  const estimate = { requests: 1, inputTokens: 100, outputTokens: 10 } as const;
  assert.equal(left.holds(estimate, around), undefined);
  left.note({ why: "full", estimate, soonestMs: 1_050 }, around);
  assert.equal(left.holds(estimate, around)?.why, "full");
  assert.equal(left.holds({ ...estimate, inputTokens: 200 }, around)?.why, "full");
  assert.equal(left.holds({ ...estimate, inputTokens: 99 }, around), undefined);
  assert.equal(left.holds(undefined, around), undefined);
  assert.equal(left.holds(estimate, { ...around, nowMs: 1_050 }), undefined, "the first is back");
  assert.equal(left.holds(estimate, { ...around, health: { ...around.health, reliefs: 2 } }), undefined);
});
