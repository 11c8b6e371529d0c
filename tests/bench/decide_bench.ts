/**
 * What one decision costs, by the number of candidates and by how healthy they are. Run with
 * `deno bench -A tests/bench/decide_bench.ts`.
 * @module
 */
import { decide } from "../../src/balancing/decide.ts";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import { startLease } from "../../src/balancing/lease.ts";
import { random } from "../../src/balancing/strategies/random.ts";
import { weightedRoundRobin } from "../../src/balancing/strategies/weighted_round_robin.ts";
import type { Tier } from "../../src/balancing/tier.ts";
import { candidate, makeBench, outcome } from "../balancing/fixtures.ts";

const SIZES = [1, 10, 50, 1_000, 50_000];

const { health, runtime } = await makeBench();
const degraded = (await makeBench({ runtime })).health;

function tierOf(size: number, strategy: typeof random): Tier {
  const candidates = Array.from(
    { length: size },
    (_, index) => candidate(`endpoint${size}${index}`, { weight: 1 + index % 3, models: ["gpt-*", "m"] }),
  );
  // One in ten of each kind, so that no lookup finds an empty table.
  for (const [index, one] of candidates.entries()) {
    if (index % 10 === 3) degraded.learn(one, "m", outcome("key_invalid", { explicit: true }));
    if (index % 10 === 6) degraded.learn(one, "m", outcome("rate_limited"));
  }
  return { candidates, picker: strategy.create(), affinity: undefined };
}

const tried: ReadonlySet<Candidate> = new Set();
const request = { model: "m", tried };
const done = outcome("ok");

for (const size of SIZES) {
  const tier = tierOf(size, weightedRoundRobin);
  const byChance = tierOf(size, random);
  const group = `${size} candidates`;
  Deno.bench({
    name: `${size}: decide, weighted_round_robin`,
    group,
    baseline: true,
    fn: () => void decide(request, tier, health, 0, runtime.random),
  });
  Deno.bench({
    name: `${size}: decide, random`,
    group,
    fn: () => void decide(request, byChance, health, 0, runtime.random),
  });
  Deno.bench({
    name: `${size}: decide, a fifth of them marked`,
    group,
    fn: () => void decide(request, tier, degraded, runtime.monotonic(), runtime.random),
  });
  Deno.bench({
    name: `${size}: decide and a whole lease`,
    group,
    fn() {
      const { pick, eligible } = decide(request, tier, health, 0, runtime.random);
      if (pick !== undefined) startLease({ candidate: pick, eligible, tier, runtime, health }).end(done);
    },
  });
}
