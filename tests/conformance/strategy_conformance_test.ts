import assert from "node:assert/strict";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import * as strategyModule from "../../src/balancing/strategies/mod.ts";
import type { Strategy } from "../../src/balancing/strategies/strategy.ts";
import { registryOf } from "../../src/core/registry.ts";
import { candidate } from "../balancing/fixtures.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

const PICKS = 100_000;

/** How far a share may be from its weight: the bar of fair share. */
const TOLERANCE = 0.05;

const strategies = registryOf<Strategy>(strategyModule).all;

for (const strategy of strategies) {
  Deno.test(`${strategy.type}: is registered under its file's name with a summary`, async () => {
    const file = new URL(`../../src/balancing/strategies/${strategy.type}.ts`, import.meta.url);
    assert.ok((await Deno.stat(file)).isFile);
    assert.ok(strategy.summary.length > 10);
  });

  Deno.test(`${strategy.type}: picks nobody only out of an empty list`, () => {
    const runtime = fakeRuntime();
    const context = { nowMs: 0, random: runtime.random };
    const picker = strategy.create();
    assert.equal(picker.pick([], context), undefined);
    for (let size = 1; size <= 20; size++) {
      const all = Array.from({ length: size }, (_, index) => candidate(`k${index}`, { weight: index + 0.5 }));
      const pick = picker.pick(all, context);
      assert.ok(pick && all.includes(pick));
      picker.started(pick, all);
    }
  });

  Deno.test(`${strategy.type}: picking changes nothing, so explaining never turns a rotation`, () => {
    const all = Array.from({ length: 7 }, (_, index) => candidate(`k${index}`, { weight: index + 1 }));
    const run = (looks: number) => {
      const picker = strategy.create();
      const { random } = fakeRuntime({ seed: 3 });
      return Array.from({ length: 100 }, () => {
        for (let look = 0; look < looks; look++) picker.pick(all, { nowMs: 0, random: () => 0.5 });
        const pick = picker.pick(all, { nowMs: 0, random });
        if (pick !== undefined) picker.started(pick, all);
        return pick?.endpoint.id;
      });
    };
    assert.deepEqual(run(0), run(3));
  });

  Deno.test(`${strategy.type}: shares are within 5 % of the weights over ${PICKS} picks`, () => {
    const all = [1, 2, 3, 5, 8, 13].map((weight) => candidate(`w${weight}`, { weight }));
    assertFair(strategy, () => all);
  });

  Deno.test(`${strategy.type}: shares stay fair among those left while others come and go`, () => {
    const all = [1, 2, 3, 5, 8, 13].map((weight) => candidate(`w${weight}`, { weight }));
    // Out for one pick in two, whatever its turn: its share of what it could get must still hold.
    const coin = fakeRuntime({ seed: 11 }).random;
    const without = all.slice(0, -1);
    assertFair(strategy, () => coin() < 0.5 ? without : all);
  });
}

function assertFair(strategy: Strategy, eligibleNow: () => readonly Candidate[]): void {
  const picker = strategy.create();
  const { random } = fakeRuntime({ seed: 5 });
  const got = new Map<Candidate, number>();
  const due = new Map<Candidate, number>();
  for (let turn = 0; turn < PICKS; turn++) {
    const eligible = eligibleNow();
    const total = eligible.reduce((sum, each) => sum + each.weight, 0);
    for (const each of eligible) due.set(each, (due.get(each) ?? 0) + each.weight / total);
    const pick = picker.pick(eligible, { nowMs: turn, random });
    assert.ok(pick);
    picker.started(pick, eligible);
    got.set(pick, (got.get(pick) ?? 0) + 1);
  }
  for (const [each, expected] of due) {
    const share = (got.get(each) ?? 0) / expected;
    assert.ok(
      Math.abs(share - 1) <= TOLERANCE,
      `${each.endpoint.id} got ${share.toFixed(3)} of its fair share`,
    );
  }
}
