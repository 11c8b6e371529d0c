import assert from "node:assert/strict";
import {
  decide as decideAround,
  type DecideRequest,
  type Decision,
  type HealthView,
} from "../../src/balancing/decide.ts";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import type { Mark, MarkState } from "../../src/balancing/health/mark.ts";
import { NO_QUOTA, type QuotaView } from "../../src/balancing/quota/quota_view.ts";
import type { Tier } from "../../src/balancing/tier.ts";
import { candidate, tierOf } from "./fixtures.ts";

const NOW_MS = 1_000;

/** Health as written in a table: endpoint id → state, for `forMs`. */
function healthOf(marks: Record<string, [MarkState, number]>): HealthView {
  return {
    exclusion({ endpoint }, _model, nowMs): Mark | undefined {
      const row = marks[endpoint.id];
      if (row === undefined) return undefined;
      const [state, forMs] = row;
      return { state, scope: endpoint.scopes.key, reason: "http_429", sinceMs: 0, endMs: nowMs + forMs };
    },
  };
}

function decide(
  request: DecideRequest,
  tier: Tier,
  health: HealthView,
  nowMs: number,
  random: () => number,
  quota: QuotaView = NO_QUOTA,
): Decision {
  return decideAround(request, tier, { health, quota, nowMs, random });
}

/** Those that the decision was made among. */
const eligibleOf = ({ turn }: Decision) => turn?.eligible.map((contender) => contender.candidate);

const wanted = (more: Partial<DecideRequest> = {}): DecideRequest => ({
  model: "m",
  tried: new Set(),
  ...more,
});

const rows: readonly {
  readonly reason: string;
  readonly out: Candidate;
  readonly mark?: [MarkState, number];
  readonly tried?: boolean;
  readonly offered?: readonly string[];
}[] = [
  { reason: "weight_zero", out: candidate("x", { weight: 0 }) },
  { reason: "weight_zero", out: candidate("x", { weight: Number.NaN }) },
  { reason: "not_offered", out: candidate("x", { models: ["gpt-*"] }), offered: ["gpt-*"] },
  { reason: "not_offered", out: candidate("x", { models: ["m"], model: "other" }), offered: ["m"] },
  { reason: "not_offered", out: candidate("x", { models: [] }), offered: [] },
  { reason: "disabled", out: candidate("x"), mark: ["disabled", Infinity] },
  { reason: "invalid", out: candidate("x"), mark: ["invalid", 50] },
  { reason: "cooldown", out: candidate("x"), mark: ["cooldown", 50] },
  { reason: "cooldown", out: candidate("x"), mark: ["cooldown", 50], tried: true },
  { reason: "tried", out: candidate("x"), tried: true },
  { reason: "tried", out: candidate("x"), mark: ["ejected", 50], tried: true },
  { reason: "ejected", out: candidate("x"), mark: ["ejected", 50] },
];

for (const { reason, out, mark, tried, offered } of rows) {
  const detail = `${mark?.[0] ?? ""}${tried ? " tried" : ""} ${offered?.join() ?? ""} weight ${out.weight}`;
  Deno.test(`a candidate is out as ${reason} (${detail.trim()}) and counted as that alone`, () => {
    const good = candidate("good");
    const tier = tierOf(out, good);
    const request = wanted({ tried: new Set(tried ? [out] : []), explain: true });
    const decision = decide(
      request,
      tier,
      healthOf(mark ? { x: mark } : {}),
      NOW_MS,
      () => 0,
    );
    const { pick, why } = decision;
    assert.equal(pick, good);
    assert.deepEqual(eligibleOf(decision), [good]);
    assert.deepEqual(why.excluded, { [reason]: 1 });
    assert.equal(why.standings?.[0]?.reason, reason);
    assert.equal(why.standings?.[1]?.reason, "eligible");
    assert.equal(why.panic, false);
  });
}

Deno.test("a call without a model is not held to model lists", () => {
  const narrow = candidate("a", { models: ["gpt-4o"] });
  const { pick } = decide(wanted({ model: undefined }), tierOf(narrow), healthOf({}), NOW_MS, () => 0);
  assert.equal(pick, narrow);
});

Deno.test("model patterns are matched against the model the upstream is asked for", () => {
  const renamed = candidate("a", { models: ["gpt-*"], model: "gpt-4o-mini" });
  assert.equal(
    decide(wanted({ model: "auto" }), tierOf(renamed), healthOf({}), NOW_MS, () => 0).pick,
    renamed,
  );
});

Deno.test("standings are given only when asked for", () => {
  const { why } = decide(wanted(), tierOf(candidate("a")), healthOf({}), NOW_MS, () => 0);
  assert.equal(why.standings, undefined);
  assert.deepEqual(why, {
    candidates: 1,
    looked: 1,
    eligible: 1,
    excluded: {},
    chosenBy: "strategy",
    panic: false,
  });
});

Deno.test("affinity is taken before the strategy while its endpoint is eligible", () => {
  const [a, b] = [candidate("a"), candidate("b")];
  const decided = (health: HealthView) =>
    decide(wanted({ stayWith: "b" }), tierOf(a, b), health, NOW_MS, () => 0);
  assert.equal(decided(healthOf({})).pick, b);
  assert.equal(decided(healthOf({})).why.chosenBy, "affinity");
  assert.equal(decided(healthOf({ b: ["cooldown", 9] })).pick, a);
  assert.equal(decided(healthOf({ b: ["cooldown", 9] })).why.chosenBy, "strategy");
});

Deno.test("when all that could serve is ejected, ejection is ignored and said", () => {
  const [a, b, c] = [candidate("a"), candidate("b"), candidate("c")];
  const tried = new Set([b]);
  const health = healthOf({ a: ["ejected", 50], b: ["ejected", 50], c: ["invalid", 50] });
  const decision = decide(wanted({ tried }), tierOf(a, b, c), health, NOW_MS, () => 0);
  const { pick, why } = decision;
  assert.equal(pick, a);
  assert.deepEqual(
    eligibleOf(decision),
    [a],
    "neither what was tried nor what the vendor refuses is revived",
  );
  assert.equal(why.panic, true);
  assert.deepEqual(why.excluded, { ejected: 1, tried: 1, invalid: 1 });
});

Deno.test("one usable candidate is enough to leave ejection in force", () => {
  const [a, b] = [candidate("a"), candidate("b")];
  const decision = decide(wanted(), tierOf(a, b), healthOf({ a: ["ejected", 50] }), NOW_MS, () => 0);
  assert.deepEqual(eligibleOf(decision), [b]);
  assert.equal(decision.why.panic, false);
});

Deno.test("with nobody left, the shortest remaining cooldown is told", () => {
  const tier = tierOf(candidate("a"), candidate("b"), candidate("c", { weight: 0 }));
  const health = healthOf({ a: ["cooldown", 700], b: ["cooldown", 300] });
  const { pick, why } = decide(wanted(), tier, health, NOW_MS, () => 0);
  assert.equal(pick, undefined);
  assert.equal(why.chosenBy, "nobody");
  assert.equal(why.soonestMs, 300);
});

Deno.test("no time is told when waiting would not help, or nobody needs to wait", () => {
  const dead = decide(wanted(), tierOf(candidate("a")), healthOf({ a: ["invalid", 300] }), NOW_MS, () => 0);
  assert.equal("soonestMs" in dead.why, false);
  const tier = tierOf(candidate("a"), candidate("b"));
  const fine = decide(wanted(), tier, healthOf({ a: ["cooldown", 300] }), NOW_MS, () => 0);
  assert.equal("soonestMs" in fine.why, false);
});

Deno.test("an empty tier gives nobody and says so", () => {
  const { pick, why } = decide(wanted(), tierOf(), healthOf({}), NOW_MS, () => 0);
  assert.equal(pick, undefined);
  assert.deepEqual(why, {
    candidates: 0,
    looked: 0,
    eligible: 0,
    excluded: {},
    chosenBy: "nobody",
    panic: false,
  });
});

Deno.test("deciding a thousand times picks the same and starts nothing", () => {
  const tier = tierOf(candidate("a"), candidate("b"), candidate("c"));
  const picks = new Set<string | undefined>();
  for (let round = 0; round < 1_000; round++) {
    picks.add(decide(wanted(), tier, healthOf({}), NOW_MS, () => 0).pick?.endpoint.id);
  }
  assert.deepEqual([...picks], ["a"]);
  assert.ok(tier.candidates.every(({ endpoint }) => endpoint.load.started === 0));
});
