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
import { candidate, decideNow, takeNow, tierOf } from "./fixtures.ts";

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

Deno.test("that all rest after a refusal is told, and not where one rests for a limit", () => {
  const resting = (...refused: boolean[]) => {
    const row: [MarkState, number] = ["cooldown", 300];
    const candidates = refused.map((_, index) => candidate(`${index}`));
    const marks = healthOf(Object.fromEntries(refused.map((_, index) => [`${index}`, row])));
    const health = {
      ...marks,
      exclusion: (...asked: Parameters<typeof marks.exclusion>) => {
        const mark = marks.exclusion(...asked);
        return mark && refused[Number(asked[0].endpoint.id)] ? { ...mark, refused: true as const } : mark;
      },
    };
    return decide(wanted(), tierOf(...candidates), health, NOW_MS, () => 0).why.refused ?? false;
  };
  assert.deepEqual([resting(true, true), resting(true, false), resting(false)], [true, false, false]);
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

const estimate = { requests: 1, inputTokens: 100, outputTokens: 100 } as const;

/** Limits that leave no room at these endpoints until those times. */
function shortUntil(times: Record<string, number>): QuotaView {
  return {
    ...NO_QUOTA,
    shortage({ endpoint }) {
      const untilMs = times[endpoint.id];
      return untilMs === undefined ? undefined : { untilMs, reason: "learned" };
    },
  };
}

Deno.test("whoever has no room for the request is out, and the reason is told", () => {
  const tier = tierOf(candidate("a"), candidate("b"));
  const quota = shortUntil({ a: NOW_MS + 40 });
  const { pick, why } = decide(
    wanted({ estimate, explain: true }),
    tier,
    healthOf({}),
    NOW_MS,
    () => 0,
    quota,
  );
  assert.equal(pick?.endpoint.id, "b");
  assert.deepEqual(why.excluded, { no_headroom: 1 });
  assert.deepEqual(why.standings?.[0], {
    endpoint: "a",
    model: "m",
    reason: "no_headroom",
    shortage: { untilMs: NOW_MS + 40, reason: "learned" },
  });
});

Deno.test("with no room anywhere, the time until there is some is told, be it a cooldown's or a limit's", () => {
  const tier = tierOf(candidate("a"), candidate("b"), candidate("c"));
  const told = (cooldownMs: number, request: Partial<DecideRequest> = {}) =>
    decide(
      wanted({ estimate, ...request }),
      tier,
      healthOf({ a: ["cooldown", cooldownMs] }),
      NOW_MS,
      () => 0,
      shortUntil({ b: NOW_MS + 250, c: NOW_MS + 900 }),
    ).why;
  assert.equal(told(700).soonestMs, 250);
  assert.equal(told(100).soonestMs, 100);
  assert.deepEqual(told(100).excluded, { cooldown: 1, no_headroom: 2 });
  assert.deepEqual(told(1, { tried: new Set(tier.candidates) }).excluded, { cooldown: 1, no_headroom: 2 });
  assert.equal(told(1, { estimate: undefined }).eligible, 2, "a request without an estimate fits anywhere");
});

Deno.test("an upstream that failed for this request comes last, one that could not be reached not at all", () => {
  const one = candidate("one", { upstream: "failed" });
  const other = candidate("other", { upstream: "sound" });
  const tier = tierOf(one, other);
  const asked = { model: "m", tried: new Set<Candidate>() };
  const avoid = new Set(["upstream:failed"]);
  const pickOf = (request: DecideRequest, health = healthOf({})) =>
    decide(request, tier, health, NOW_MS, () => 0).pick;
  assert.equal(pickOf({ ...asked, avoid }), other);
  assert.equal(pickOf({ ...asked, avoid, tried: new Set([other]) }), one);
  assert.equal(pickOf({ ...asked, avoid }, healthOf({ other: ["cooldown", 10] })), one);
  assert.equal(pickOf({ ...asked, avoid }, healthOf({ other: ["ejected", 10] })), one);
  assert.equal(pickOf({ ...asked, unreachable: avoid, tried: new Set([other]) }), undefined);
});

Deno.test("panic does not revive whoever has no room", () => {
  const tier = tierOf(candidate("a"), candidate("b"));
  const health = healthOf({ a: ["ejected", 50], b: ["ejected", 50] });
  const quota = shortUntil({ a: NOW_MS + 40 });
  const { pick, why } = decide(wanted({ estimate }), tier, health, NOW_MS, () => 0, quota);
  assert.equal(pick?.endpoint.id, "b");
  assert.equal(why.panic, true);
});

/** Too many to be looked at all. */
const many = () => Array.from({ length: 100 }, (_, index) => candidate(`k${index}`));

Deno.test("in a large tier the counts are of those that were looked at, and explaining names everyone", () => {
  const tier = tierOf(...many());
  const quiet = decideNow(tier);
  assert.deepEqual(quiet.why, {
    candidates: 100,
    looked: 1,
    eligible: 1,
    excluded: {},
    chosenBy: "strategy",
    panic: false,
  });
  const marks = Object.fromEntries(
    tier.candidates.slice(0, 40).map(({ endpoint }) => [endpoint.id, ["invalid", 50] as [MarkState, number]]),
  );
  const health = healthOf(marks);
  const served = decideNow(tier, {}, { health });
  const explained = decideNow(tier, { explain: true }, { health });
  assert.equal(explained.pick, served.pick, "the one that serving would take");
  assert.equal(explained.why.standings?.length, 100);
  assert.equal(explained.why.looked, 100);
  assert.deepEqual(explained.why.excluded, { invalid: 40 });
  assert.equal(explained.why.eligible, 60);
});

Deno.test("in a large tier affinity is asked first, and the strategy where its endpoint cannot serve", () => {
  const tier = tierOf(...many());
  const { pick, why } = decideNow(tier, { stayWith: "k42" });
  assert.deepEqual([pick?.endpoint.id, why.chosenBy, why.looked], ["k42", "affinity", 1]);
  const without = decideNow(tier, { stayWith: "k42" }, { health: healthOf({ k42: ["cooldown", 50] }) });
  assert.notEqual(without.pick?.endpoint.id, "k42");
  assert.deepEqual([without.why.chosenBy, without.why.looked, without.why.excluded], ["strategy", 2, {
    cooldown: 1,
  }]);
});

Deno.test("where the index of a large tier offers nobody, all are looked at, and panic holds as in a small one", () => {
  const tier = tierOf(...many());
  const out = (state: MarkState) =>
    healthOf(Object.fromEntries(tier.candidates.map(({ endpoint }) => [endpoint.id, [state, 500]])));
  const nobody = decideNow(tier, {}, { health: out("cooldown") });
  assert.deepEqual([nobody.pick, nobody.why.looked, nobody.why.soonestMs], [undefined, 100, 500]);
  const panic = decideNow(tier, {}, { health: out("ejected") });
  assert.deepEqual([panic.why.panic, panic.why.eligible, panic.why.looked], [true, 100, 100]);
  const seen = new Set<string | undefined>();
  for (let turn = 0; turn < 100; turn++) {
    seen.add(takeNow(tier, {}, { health: out("ejected"), nowMs: turn })?.endpoint.id);
  }
  assert.equal(seen.size, 100, "in panic too, everyone has a turn");
});
