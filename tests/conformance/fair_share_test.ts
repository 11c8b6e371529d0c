import assert from "node:assert/strict";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import { consistentHash } from "../../src/balancing/strategies/consistent_hash.ts";
import { random } from "../../src/balancing/strategies/random.ts";
import type { Strategy } from "../../src/balancing/strategies/strategy.ts";
import { weightedRoundRobin } from "../../src/balancing/strategies/weighted_round_robin.ts";
import { candidate, healthWithout, takeNow, tierUnder } from "../balancing/fixtures.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

const PICKS = 100_000;

/** How far a share may be from its weight: the bar of fair share. */
const TOLERANCE = 0.05;

/** What each got, against what it was due: its part of the weights of all that could serve, pick by pick. */
interface Shares {
  readonly got: ReadonlyMap<Candidate, number>;
  readonly due: ReadonlyMap<Candidate, number>;
}

/** `isOut` is asked anew for every pick. */
function sharesOf(
  strategy: Strategy,
  all: readonly Candidate[],
  isOut: (index: number) => boolean = () => false,
): Shares {
  const tier = tierUnder(strategy, all);
  const chance = fakeRuntime({ seed: 5 }).random;
  const got = new Map<Candidate, number>();
  const due = new Map<Candidate, number>();
  for (let turn = 0; turn < PICKS; turn++) {
    const out = new Set(all.flatMap(({ endpoint }, index) => isOut(index) ? [endpoint.id] : []));
    const left = all.filter(({ endpoint }) => !out.has(endpoint.id));
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    for (const one of left) due.set(one, (due.get(one) ?? 0) + one.weight / total);
    const health = healthWithout((id) => out.has(id), turn + 1);
    const pick = takeNow(tier, { hashKey: `caller ${turn}` }, { random: chance, health, nowMs: turn });
    assert.ok(pick);
    got.set(pick, (got.get(pick) ?? 0) + 1);
  }
  return { got, due };
}

/** Got divided by due; the parts of several candidates as one. */
function ratioOf({ got, due }: Shares, some: readonly Candidate[]): number {
  const sum = (of: ReadonlyMap<Candidate, number>) =>
    some.reduce((total, one) => total + (of.get(one) ?? 0), 0);
  return sum(got) / sum(due);
}

const table: string[] = [];

function assertFair(strategy: Strategy, scene: string, shares: Shares, groups: readonly Candidate[][]): void {
  const ratios = groups.map((some) => ratioOf(shares, some));
  const worst = Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)));
  table.push(`${strategy.type.padEnd(22)}${scene.padEnd(34)}${(worst * 100).toFixed(2).padStart(6)} %`);
  assert.ok(worst <= TOLERANCE, `${strategy.type}, ${scene}: ${ratios.map((ratio) => ratio.toFixed(3))}`);
}

const WEIGHTS = [1, 2, 3, 5, 8, 13];
const six = () => WEIGHTS.map((weight) => candidate(`w${weight}`, { weight }));

/** Sixty candidates, ten of each weight: an index instead of a whole look. */
const sixty = () =>
  six().flatMap(({ weight }) =>
    Array.from({ length: 10 }, (_, index) => candidate(`w${weight}-${index}`, { weight }))
  );
const byWeight = (all: readonly Candidate[]) =>
  WEIGHTS.map((weight) => all.filter((one) => one.weight === weight));

for (const strategy of [weightedRoundRobin, random, consistentHash]) {
  Deno.test(`${strategy.type}: shares are within 5 % of the weights over ${PICKS} picks`, () => {
    const all = six();
    assertFair(strategy, "6 candidates", sharesOf(strategy, all), all.map((one) => [one]));
    const many = sixty();
    assertFair(strategy, "60 candidates, by weight", sharesOf(strategy, many), byWeight(many));
  });

  Deno.test(`${strategy.type}: shares stay fair among those left while others come and go`, () => {
    const all = six();
    const coin = fakeRuntime({ seed: 11 }).random;
    // Out for one pick in two, whatever its turn: its share of what it could get must still hold.
    const coming = sharesOf(strategy, all, (index) => index === 5 && coin() < 0.5);
    assertFair(strategy, "6, one out for every other pick", coming, all.map((one) => [one]));
    const many = sixty();
    const wandering = sharesOf(strategy, many, (index) => index % 7 === 0 && coin() < 0.3);
    assertFair(strategy, "60, some out now and then", wandering, byWeight(many));
  });
}

Deno.test("fair share: the table", () => {
  const head = "strategy              scene                             farthest from its weight";
  Deno.stdout.writeSync(new TextEncoder().encode(`${[head, ...table].join("\n")}\n`));
  assert.equal(table.length, 12);
});
