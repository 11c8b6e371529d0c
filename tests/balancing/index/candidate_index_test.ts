import assert from "node:assert/strict";
import type { HealthView } from "../../../src/balancing/decide.ts";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import { MAX_SMALL } from "../../../src/balancing/index/candidate_index.ts";
import type { OutcomeClass } from "../../../src/core/outcome.ts";
import { NO_QUOTA, type QuotaView } from "../../../src/balancing/quota/quota_view.ts";
import { random } from "../../../src/balancing/strategies/random.ts";
import { roundRobin } from "../../../src/balancing/strategies/round_robin.ts";
import { weightedRoundRobin } from "../../../src/balancing/strategies/weighted_round_robin.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { candidate, decideNow, healthWithout, outcome, takeNow, tierOf, tierUnder } from "../fixtures.ts";

const MANY = 200;

function listOf(size: number, more: (index: number) => Parameters<typeof candidate>[1] = () => ({})) {
  return Array.from({ length: size }, (_, index) => candidate(`k${index}`, more(index)));
}

/** Health that counts how often it is asked. */
function counted(view: HealthView): HealthView & { asked: number } {
  return {
    asked: 0,
    exclusion(one, model, nowMs) {
      this.asked++;
      return view.exclusion(one, model, nowMs);
    },
  };
}

const numberOf = (one: Candidate | undefined) => Number(one?.endpoint.id.slice(1));

Deno.test("a small tier is looked at whole, a larger one only in part", () => {
  const looked = (size: number) => decideNow(tierOf(...listOf(size))).why.looked;
  assert.equal(looked(MAX_SMALL), MAX_SMALL);
  assert.equal(looked(MAX_SMALL + 1), 1);
});

Deno.test("with a fifth of a large tier out, requests soon ask health of a handful, not of all", () => {
  for (const strategy of [weightedRoundRobin, roundRobin, random]) {
    const size = 5_000;
    const tier = tierUnder(strategy, listOf(size));
    const chance = fakeRuntime({ seed: 9 }).random;
    const health = counted(healthWithout((id) => Number(id.slice(1)) % 5 === 0));
    // Once around, so that everyone was met; a request every 10 ms.
    for (let turn = 0; turn < size; turn++) {
      takeNow(tier, {}, { health, nowMs: turn * 10, random: chance });
    }
    health.asked = 0;
    for (let turn = 0; turn < 1_000; turn++) {
      const nowMs = (size + turn) * 10;
      assert.notEqual(numberOf(takeNow(tier, {}, { health, nowMs, random: chance })) % 5, 0);
    }
    assert.ok(health.asked < 20_000, `${strategy.type}: ${health.asked / 1_000} a request`);
  }
});

Deno.test("whoever is back is used again within a second or so, and at once where it is needed", () => {
  const tier = tierOf(...listOf(MANY));
  const health = healthWithout(() => true, 5_000);
  assert.equal(takeNow(tier, {}, { health, nowMs: 0 }), undefined);
  const without7 = healthWithout((id) => id === "k7", 500);
  for (let turn = 0; turn < MANY; turn++) {
    assert.notEqual(takeNow(tier, {}, { health: without7, nowMs: 1 })?.endpoint.id, "k7");
  }
  const names = new Set<string | undefined>();
  for (let turn = 0; turn < 2 * MANY; turn++) names.add(takeNow(tier, {}, { nowMs: 1_001 })?.endpoint.id);
  assert.ok(names.has("k7"));

  const only3 = healthWithout((id) => id !== "k3");
  for (let turn = 0; turn < 10; turn++) {
    assert.equal(takeNow(tier, {}, { health: only3, nowMs: 1_002 })?.endpoint.id, "k3");
  }
});

Deno.test("a model that few can serve is found among them, without looking at the rest", () => {
  const tier = tierOf(...listOf(MANY, (index) => ({ models: index % 50 === 0 ? ["rare", "m"] : ["m"] })));
  for (let turn = 0; turn < 8; turn++) {
    const { pick, why } = decideNow(tier, { model: "rare" });
    assert.equal(numberOf(pick) % 50, 0);
    assert.equal(why.looked, 1);
  }
});

Deno.test("models of a large tier are marked apart", () => {
  const tier = tierOf(...listOf(MANY));
  const health: HealthView = {
    exclusion: (one, model, nowMs) =>
      model === "limited" ? healthWithout((id) => id !== "k1").exclusion(one, model, nowMs) : undefined,
  };
  const seen = new Set<string | undefined>();
  for (let turn = 0; turn < MANY; turn++) {
    assert.equal(takeNow(tier, { model: "limited" }, { health })?.endpoint.id, "k1");
    seen.add(takeNow(tier, { model: "free" }, { health })?.endpoint.id);
  }
  assert.equal(seen.size, MANY, "everyone serves the other model");
});

Deno.test("clients that invent model names without end neither grow the index nor pile up on one endpoint", () => {
  const tier = tierOf(...listOf(MANY));
  const counts = new Map<number, number>();
  for (let name = 0; name < 1_000; name++) {
    const number = numberOf(takeNow(tier, { model: `invented-${name}` }));
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  assert.ok(Math.max(...counts.values()) < 50, `one of ${MANY} got ${Math.max(...counts.values())} of 1,000`);
  assert.equal(tier.index.rotation("invented-0"), undefined, "let go");
  assert.ok(tier.index.rotation("invented-999"));
});

Deno.test("targets with models of their own share one rotation, whatever clients ask for", () => {
  const tier = tierOf(...listOf(MANY, () => ({ model: "own" })));
  decideNow(tier, { model: "one" });
  assert.equal(tier.index.rotation("one"), tier.index.rotation("another"));
});

Deno.test("whoever lacks room for the smallest request is parked until it has room again", () => {
  let asked = 0;
  const quota: QuotaView = {
    ...NO_QUOTA,
    shortage(one, _model, _estimate, nowMs) {
      asked++;
      return numberOf(one) % 2 === 0 && nowMs < 400 ? { untilMs: 400, reason: "learned" } : undefined;
    },
  };
  const tier = tierOf(...listOf(MANY));
  const estimate = { requests: 1, inputTokens: 10, outputTokens: 10 } as const;
  for (let turn = 0; turn < MANY; turn++) {
    assert.equal(numberOf(takeNow(tier, { estimate }, { quota, nowMs: 1 })) % 2, 1);
  }
  asked = 0;
  for (let turn = 0; turn < 100; turn++) takeNow(tier, { estimate }, { quota, nowMs: 2 });
  assert.ok(asked < 500, `asked ${asked} times for 100 requests`);
  const after = new Set<number>();
  for (let turn = 0; turn < 2 * MANY; turn++) {
    after.add(numberOf(takeNow(tier, { estimate }, { quota, nowMs: 400 + turn })) % 2);
  }
  assert.deepEqual([...after].sort(), [0, 1]);
});

Deno.test("a request too large for one endpoint's room leaves it in the running for smaller ones", () => {
  const quota: QuotaView = {
    ...NO_QUOTA,
    shortage: (one, _model, { inputTokens }) =>
      numberOf(one) !== 5 && inputTokens > 1_000 ? { untilMs: 9_000, reason: "learned" } : undefined,
  };
  const tier = tierOf(...listOf(MANY));
  const seen = new Set<number>();
  for (let turn = 0; turn < 4 * MANY; turn++) {
    const large = { requests: 1, inputTokens: 5_000, outputTokens: 0 } as const;
    assert.equal(numberOf(takeNow(tier, { estimate: large }, { quota })), 5);
    seen.add(numberOf(takeNow(tier, { estimate: { ...large, inputTokens: 10 } }, { quota })));
  }
  // k5 has had more than its turns with the large ones.
  assert.ok(seen.size >= MANY - 1);
});

Deno.test("keys of a larger known limit get more, in small tiers and in large ones", () => {
  for (const size of [4, MANY]) {
    const quota: QuotaView = { ...NO_QUOTA, rate: (one) => numberOf(one) % 2 === 0 ? 900 : 300 };
    const tier = tierOf(...listOf(size));
    let even = 0;
    const turns = 40 * size;
    for (let turn = 0; turn < turns; turn++) {
      if (numberOf(takeNow(tier, {}, { quota })) % 2 === 0) even++;
    }
    assert.ok(Math.abs(even / turns - 0.75) < 0.02, `${size}: ${even / turns}`);
  }
});

Deno.test("an endpoint that fails gets less, and its share back with its successes", () => {
  for (const size of [10, MANY]) {
    const list = listOf(size);
    const failing = list[3]?.endpoint.load;
    assert.ok(failing);
    const tier = tierOf(...list);
    const share = () => {
      const turns = 60 * size;
      let got = 0;
      for (let turn = 0; turn < turns; turn++) if (numberOf(takeNow(tier)) === 3) got++;
      return got / turns * size;
    };
    const use = (result: OutcomeClass) => {
      const { turn } = decideNow(tier, { stayWith: "k3" });
      assert.ok(turn);
      tier.index.started(turn, 0);
      failing.begin();
      tier.index.ended(turn, outcome(result));
      failing.end(outcome(result), 0);
    };
    assert.ok(Math.abs(share() - 1) < 0.1);
    for (let time = 0; time < 3; time++) use("broken");
    assert.ok(share() < 0.25, "an eighth of its weight is left");
    for (let time = 0; time < 16; time++) use("ok");
    share();
    assert.ok(Math.abs(share() - 1) < 0.1);
  }
});

Deno.test("limits that are learnt while serving move the shares of a large tier within a sweep", () => {
  let isLearnt = false;
  const quota: QuotaView = {
    ...NO_QUOTA,
    rate: (one) => isLearnt ? 100 + numberOf(one) % 2 * 200 : undefined,
  };
  const tier = tierOf(...listOf(MANY));
  let nowMs = 0;
  const oddShare = () => {
    let odd = 0;
    const turns = 20 * MANY;
    for (let turn = 0; turn < turns; turn++) {
      if (numberOf(takeNow(tier, {}, { quota, nowMs: ++nowMs })) % 2 === 1) odd++;
    }
    return odd / turns;
  };
  assert.ok(Math.abs(oddShare() - 0.5) < 0.02);
  isLearnt = true;
  oddShare();
  assert.ok(Math.abs(oddShare() - 0.75) < 0.02);
});

Deno.test("a mark that a person takes off early is noticed at once where health counts it, however long it was told", () => {
  const size = 5_000;
  const tier = tierOf(...listOf(size));
  let isOff = false;
  const health: HealthView & { reliefs: number } = {
    reliefs: 0,
    exclusion: (one, model, nowMs) =>
      isOff ? undefined : healthWithout((id) => id === "k77").exclusion(one, model, nowMs),
  };
  let nowMs = 0;
  const got = () => {
    let count = 0;
    for (let turn = 0; turn < 2 * size; turn++) {
      nowMs += 0.1;
      if (takeNow(tier, {}, { health, nowMs })?.endpoint.id === "k77") count++;
    }
    return count;
  };
  assert.equal(got(), 0);
  isOff = true;
  health.reliefs++;
  assert.ok(got() >= 1, "within one and a bit times around");
});

Deno.test("one that returns from an ejection is warmed up over the slow start", () => {
  for (const size of [10, MANY]) {
    const tier = tierUnder(weightedRoundRobin, listOf(size), { slowStartMs: 30_000 });
    const ejected: HealthView = {
      exclusion: ({ endpoint }, _model, nowMs) =>
        endpoint.id === "k2" && nowMs < 1_000
          ? { state: "ejected", scope: "u", reason: "r", sinceMs: 0, endMs: 1_000 }
          : undefined,
    };
    let nowMs = 0;
    const share = (untilMs: number) => {
      let got = 0;
      let turns = 0;
      for (; nowMs < untilMs; nowMs += 1) {
        turns++;
        if (numberOf(takeNow(tier, {}, { health: ejected, nowMs })) === 2) got++;
      }
      return got / turns * size;
    };
    assert.equal(share(1_000), 0);
    const early = share(8_000);
    assert.ok(early > 0 && early < 0.4, `${size}: ${early} at first`);
    share(33_000);
    const late = share(60_000);
    assert.ok(Math.abs(late - 1) < 0.1, `${size}: ${late} in the end`);
  }
});
