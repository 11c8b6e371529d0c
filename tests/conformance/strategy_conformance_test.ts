import assert from "node:assert/strict";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import * as strategyModule from "../../src/balancing/strategies/mod.ts";
import type { Strategy } from "../../src/balancing/strategies/strategy.ts";
import { registryOf } from "../../src/core/registry.ts";
import { candidate, decideNow, healthWithout, takeNow, tierUnder } from "../balancing/fixtures.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

/** Sizes that are looked at whole, and those that go by their index. */
const SIZES = [1, 2, 20, 33, 400];

const strategies = registryOf<Strategy>(strategyModule).all;

function listOf(size: number): Candidate[] {
  return Array.from({ length: size }, (_, index) => candidate(`k${index}`, { weight: 1 + index % 7 }));
}

for (const strategy of strategies) {
  Deno.test(`${strategy.type}: is registered under its file's name with a summary`, async () => {
    const file = new URL(`../../src/balancing/strategies/${strategy.type}.ts`, import.meta.url);
    assert.ok((await Deno.stat(file)).isFile);
    assert.ok(strategy.summary.length > 10);
  });

  Deno.test(`${strategy.type}: works without options, and refuses wrong ones`, () => {
    strategy.create({});
    for (const name of Object.keys(strategy.options)) {
      assert.throws(() => strategy.create({ [name]: "no such thing" }), { name: "ZodError" });
    }
  });

  Deno.test(`${strategy.type}: picks one that may be used, and nobody only where nobody may`, () => {
    const { random } = fakeRuntime({ seed: 2 });
    assert.equal(decideNow(tierUnder(strategy, []), {}, { random }).pick, undefined);
    for (const size of SIZES) {
      const all = listOf(size);
      const tier = tierUnder(strategy, all);
      for (let turn = 0; turn < 3 * size; turn++) {
        const pick = takeNow(tier, { hashKey: `caller ${turn}` }, { random });
        assert.ok(pick && all.includes(pick));
      }
      const nobody = healthWithout(() => true);
      assert.equal(takeNow(tier, {}, { random, health: nobody }), undefined);
    }
  });

  Deno.test(`${strategy.type}: finds the one that is left, wherever it is`, () => {
    const { random } = fakeRuntime({ seed: 4 });
    for (const size of SIZES) {
      const tier = tierUnder(strategy, listOf(size));
      for (const left of [0, size >> 1, size - 1]) {
        const health = healthWithout((id) => id !== `k${left}`);
        assert.equal(takeNow(tier, {}, { random, health })?.endpoint.id, `k${left}`);
      }
    }
  });

  Deno.test(`${strategy.type}: weight 0 is never picked, and 1 in 1,000 is not starved of its choice`, () => {
    const { random } = fakeRuntime({ seed: 6 });
    for (const size of [3, 50]) {
      const all = listOf(size - 2).map(({ endpoint }) => candidate(endpoint.id, { weight: 1_000 }));
      const tier = tierUnder(strategy, [candidate("zero", { weight: 0 }), ...all, candidate("light")]);
      for (let turn = 0; turn < 2_000; turn++) {
        const pick = takeNow(tier, { hashKey: `caller ${turn}` }, { random });
        assert.notEqual(pick?.endpoint.id, "zero");
      }
      const tried = new Set(tier.candidates.filter(({ endpoint }) => endpoint.id !== "light"));
      assert.equal(takeNow(tier, { tried }, { random })?.endpoint.id, "light");
    }
  });

  Deno.test(`${strategy.type}: what was tried is not picked again, and in the end nobody is left`, () => {
    const { random } = fakeRuntime({ seed: 8 });
    for (const size of SIZES) {
      const tier = tierUnder(strategy, listOf(size));
      const tried = new Set<Candidate>();
      for (let attempt = 0; attempt < Math.min(size, 40); attempt++) {
        const pick = takeNow(tier, { tried, hashKey: "one caller" }, { random });
        assert.ok(pick && !tried.has(pick));
        tried.add(pick);
      }
      const rest = new Set([...tried, ...tier.candidates]);
      assert.equal(takeNow(tier, { tried: rest }, { random }), undefined);
    }
  });

  Deno.test(`${strategy.type}: deciding changes nothing, so explaining never turns a rotation`, () => {
    for (const size of [7, 70]) {
      const run = (looks: number) => {
        const tier = tierUnder(strategy, listOf(size));
        const { random } = fakeRuntime({ seed: 3 });
        return Array.from({ length: 100 }, (_, turn) => {
          for (let look = 0; look < looks; look++) {
            decideNow(tier, { explain: true }, { random: () => 0.5 });
            decideNow(tier, { hashKey: "another" }, { random: () => 0.5 });
          }
          return takeNow(tier, { hashKey: `caller ${turn}` }, { random })?.endpoint.id;
        });
      };
      assert.deepEqual(run(0), run(3));
    }
  });

  Deno.test(`${strategy.type}: the same numbers drawn give the same pick, explained or not`, () => {
    for (const size of SIZES) {
      const tier = tierUnder(strategy, listOf(size));
      for (let seed = 1; seed <= 20; seed++) {
        const pickOnce = (explain: boolean) => {
          const { random } = fakeRuntime({ seed });
          return decideNow(tier, { explain, hashKey: `caller ${seed}` }, { random }).pick;
        };
        assert.equal(pickOnce(false), pickOnce(false));
        assert.equal(pickOnce(true), pickOnce(false));
      }
    }
  });
}
