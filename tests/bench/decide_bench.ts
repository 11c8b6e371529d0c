/**
 * What one decision costs, by the number of candidates and by how healthy they are. Run with
 * `deno bench -A tests/bench/decide_bench.ts`.
 * @module
 */
import { decide } from "../../src/balancing/decide.ts";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import { startLease } from "../../src/balancing/lease.ts";
import { NO_QUOTA } from "../../src/balancing/quota/quota_view.ts";
import * as strategyModule from "../../src/balancing/strategies/mod.ts";
import type { Strategy } from "../../src/balancing/strategies/strategy.ts";
import { weightedRoundRobin } from "../../src/balancing/strategies/weighted_round_robin.ts";
import type { Tier } from "../../src/balancing/tier.ts";
import { registryOf } from "../../src/core/registry.ts";
import { candidate, makeBench, outcome, tierUnder } from "../balancing/fixtures.ts";

const SIZES = [10, 1_000, 50_000];

/** Longer than all virtual time that passes here. */
const DAY_MS = 24 * 3_600_000;

const { health, runtime } = await makeBench();
const degraded = (await makeBench({ runtime })).health;

function tierOf(size: number, strategy: Strategy): Tier {
  const candidates = Array.from(
    { length: size },
    (_, index) => candidate(`endpoint${size}${index}`, { weight: 1 + index % 3, models: ["gpt-*", "m"] }),
  );
  // One in ten of each kind, so that no lookup finds an empty table.
  for (const [index, one] of candidates.entries()) {
    if (index % 10 === 3) degraded.disable(one.endpoint.scopes.key, "");
    if (index % 10 === 6) degraded.learn(one, "m", outcome("rate_limited", { cooldownMs: DAY_MS }));
  }
  return tierUnder(strategy, candidates);
}

const tried: ReadonlySet<Candidate> = new Set();
const done = outcome("ok");

/** One whole request's share: the index settled, the decision, the lease and its end. */
function serve(tier: Tier, board: typeof health, request: Parameters<typeof decide>[0]): void {
  const around = { health: board, quota: NO_QUOTA, nowMs: runtime.monotonic(), random: runtime.random };
  tier.index.settle(request.model, around);
  const decision = decide(request, tier, around);
  if (decision.pick !== undefined) startLease({ decision, tier, runtime, health: board }).end(done);
}

/** Once around, as after the first minute of a gateway's life: the index has met everyone. */
function warmUp(tier: Tier, board: typeof health): void {
  const turns = tier.candidates.length + 1_000;
  for (let turn = 0; turn < turns; turn++) {
    serve(tier, board, { model: "m", tried, hashKey: `caller ${turn}` });
  }
}

for (const size of SIZES) {
  for (const [state, board] of [["healthy", health], ["a fifth marked", degraded]] as const) {
    const tier = tierOf(size, weightedRoundRobin);
    warmUp(tier, board);
    const group = `weighted_round_robin, ${state}`;
    let calls = 0;
    Deno.bench({
      name: `${size} candidates, ${state}`,
      group,
      baseline: size === SIZES[0],
      fn() {
        // A request a millisecond: what is parked comes due as it does in life.
        if (++calls % 16 === 0) runtime.advance(16);
        serve(tier, board, { model: "m", tried });
      },
    });
  }
}

/** In the worst states of a large pool: hardly anybody is left, and nobody is. */
for (const size of SIZES.slice(1)) {
  for (const left of [size / 50, 0]) {
    const board = (await makeBench({ runtime })).health;
    const tier = tierOf(size, weightedRoundRobin);
    for (const one of tier.candidates.slice(left)) board.disable(one.endpoint.scopes.key, "");
    warmUp(tier, board);
    let calls = 0;
    Deno.bench({
      name: `${left} of ${size} candidates are left`,
      group: "most are out",
      baseline: size === SIZES[1] && left > 0,
      fn() {
        if (++calls % 16 === 0) runtime.advance(16);
        serve(tier, board, { model: "m", tried });
      },
    });
  }
}

let caller = 0;
for (const strategy of registryOf<Strategy>(strategyModule).all) {
  if (strategy === weightedRoundRobin) continue;
  for (const size of SIZES) {
    const tier = tierOf(size, strategy);
    warmUp(tier, health);
    Deno.bench({
      name: `${size} candidates, ${strategy.type}`,
      group: strategy.type,
      baseline: size === SIZES[0],
      fn: () => serve(tier, health, { model: "m", tried, hashKey: `caller ${caller++}` }),
    });
  }
}

for (const size of SIZES) {
  const tier = tierOf(size, weightedRoundRobin);
  const around = { health: degraded, quota: NO_QUOTA, nowMs: 0, random: runtime.random };
  Deno.bench({
    name: `${size} candidates, explained`,
    group: "explaining looks at all",
    fn: () => void decide({ model: "m", tried, explain: true }, tier, around),
  });
}
