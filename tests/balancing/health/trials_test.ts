import assert from "node:assert/strict";
import fc from "fast-check";
import { type Lease, startLease } from "../../../src/balancing/lease.ts";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { type Bench, candidate, decideNow, makeBench, outcome, tierOf } from "../fixtures.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Health of a pool whose upstream `u` (candidates a, b) was just ejected for 30 s; `v` (candidate c) is well. */
async function ejectedBench(health = {}) {
  const bench = await makeBench();
  const [a, b] = [candidate("a", { health }), candidate("b", { health })];
  const c = candidate("c", { upstream: "v", health });
  bench.health.poolsInForce(
    new Map([["p", { keys: 3, upstreams: new Set(["upstream:u", "upstream:v"]) }]]),
  );
  for (let time = 0; time < 5; time++) bench.health.learn(a, "m", outcome("broken"));
  return { bench, a, b, c, tier: tierOf(a, b, c) };
}

/** Decides among the tier's and begins, as serving does. */
function lease(
  { health, runtime }: Bench,
  tier: ReturnType<typeof tierOf>,
): { pick: Candidate; lease: Lease } {
  const decision = decideNow(tier, {}, { health, nowMs: runtime.monotonic(), random: runtime.random });
  assert.ok(decision.pick);
  return { pick: decision.pick, lease: startLease({ decision, tier, runtime, health }) };
}

const stateOf = ({ health, runtime }: Bench, one: Candidate) =>
  health.exclusion(one, "m", runtime.monotonic())?.state;

function end({ health }: Bench, one: Candidate, begun: Lease, result: Outcome): void {
  begun.end(result);
  health.learn(one, "m", result);
}

Deno.test("after an ejection exactly one of a thousand requests tries the upstream until it has an answer", async () => {
  const { bench, tier, c } = await ejectedBench();
  bench.runtime.advance(30 * SECOND_MS);
  const begun = Array.from({ length: 1_000 }, () => lease(bench, tier));
  const trials = begun.filter(({ pick }) => pick !== c);
  assert.equal(trials.length, 1);
  const [trial] = trials;
  assert.ok(trial);
  end(bench, trial.pick, trial.lease, outcome("ok"));
  const after = Array.from({ length: 30 }, () => lease(bench, tier).pick.endpoint.upstream.name);
  assert.ok(after.includes("u") && after.includes("v"));
});

Deno.test("a trial that fails ejects for longer, counted once", async () => {
  for (const result of [outcome("broken"), outcome("unreachable"), outcome("overloaded")]) {
    const { bench, a } = await ejectedBench();
    bench.runtime.advance(30 * SECOND_MS);
    const trial = lease(bench, tierOf(a));
    end(bench, a, trial.lease, result);
    const marks = [...bench.health.marks()].filter(({ state }) => state === "ejected");
    const seconds = result.class === "unreachable" ? 10 : 60;
    assert.deepEqual(marks.map(({ endMs }) => (endMs - bench.runtime.monotonic()) / SECOND_MS), [seconds]);
  }
});

Deno.test("a trial that says nothing of the upstream is followed by another at once, and only one", async () => {
  for (
    const name of ["client_fault", "client_gone", "key_invalid", "rate_limited", "model_missing"] as const
  ) {
    const { bench, a, b, c, tier } = await ejectedBench();
    bench.runtime.advance(30 * SECOND_MS);
    const first = bench.health.begin(a);
    assert.ok(first, name);
    assert.equal(stateOf(bench, b), "ejected");
    first.end(outcome(name));
    const again = Array.from({ length: 50 }, () => lease(bench, tier).pick).filter((pick) => pick !== c);
    assert.equal(again.length, 1, name);
  }
});

Deno.test("the first content ends a trial: a long answer keeps nobody away", async () => {
  const { bench, a, b } = await ejectedBench();
  bench.runtime.advance(30 * SECOND_MS);
  const trial = lease(bench, tierOf(a));
  assert.equal(stateOf(bench, b), "ejected");
  trial.lease.firstContent(true);
  assert.equal(stateOf(bench, b), undefined);
  end(bench, a, trial.lease, outcome("broken"));
  assert.equal(stateOf(bench, b), undefined, "one stream that broke later is one failure");
});

Deno.test("a trial without end keeps others away no longer than the longest ejection, and its late end changes nothing", async () => {
  const { bench, a, b } = await ejectedBench();
  bench.runtime.advance(30 * SECOND_MS);
  const lost = bench.health.begin(a);
  bench.runtime.advance(300 * SECOND_MS - 1);
  assert.equal(stateOf(bench, b), "ejected");
  bench.runtime.advance(1);
  const second = bench.health.begin(b);
  assert.ok(second);
  lost?.end(outcome("ok"));
  assert.equal(stateOf(bench, a), "ejected", "the second trial has no answer yet");
  second.end(outcome("ok"));
  assert.equal(stateOf(bench, a), undefined);
});

Deno.test("a trial is seen as one while it lasts", async () => {
  const { bench, a, b } = await ejectedBench();
  const trialOf = () => bench.health.exclusion(b, "m", bench.runtime.monotonic())?.trial;
  assert.equal(trialOf(), undefined);
  bench.runtime.advance(30 * SECOND_MS);
  const trial = bench.health.begin(a);
  assert.equal(trialOf(), true);
  trial?.end(outcome("broken"));
  assert.equal(trialOf(), undefined);
});

Deno.test("one use may be the trial of a key and of its upstream", async () => {
  const { bench, a, b } = await ejectedBench();
  bench.health.learn(a, "m", outcome("key_invalid", { explicit: true }));
  bench.runtime.advance(10 * MINUTE_MS);
  const trial = bench.health.begin(a);
  assert.equal(stateOf(bench, a), "invalid");
  assert.equal(stateOf(bench, b), "ejected");
  trial?.end(outcome("key_invalid"));
  assert.equal(stateOf(bench, a), "invalid", "the key was refused");
  assert.equal(
    stateOf(bench, b),
    undefined,
    "the upstream answered nothing that says it is well, its trial is due",
  );
  assert.ok(bench.health.begin(b));
});

Deno.test("without trials an ejection is simply over, and an invalid key stays out", async () => {
  const { bench, a, b, c } = await ejectedBench({ trials: false });
  bench.health.learn(c, "m", outcome("key_invalid", { explicit: true }));
  bench.runtime.advance(30 * SECOND_MS);
  assert.equal(bench.health.begin(a), undefined);
  assert.equal(stateOf(bench, a), undefined);
  assert.equal(stateOf(bench, b), undefined);
  bench.runtime.advance(1_000 * MINUTE_MS);
  assert.equal(stateOf(bench, c), "invalid");
  assert.equal(bench.health.begin(c), undefined);
  bench.health.clear("key:c");
  assert.equal(stateOf(bench, c), undefined);
});

Deno.test("a good probe makes the trial due at once, and lifts nothing by itself", async () => {
  const { bench, a, c } = await ejectedBench();
  bench.health.learn(c, "m", outcome("key_invalid", { explicit: true }));
  assert.deepEqual(bench.health.wantsProbe(a), ["upstream:u"]);
  assert.deepEqual(bench.health.wantsProbe(c), ["key:c"]);
  bench.health.probed(a, outcome("ok"));
  bench.health.probed(c, outcome("ok"));
  const trials = [bench.health.begin(a), bench.health.begin(c)];
  assert.ok(trials[0] && trials[1]);
  assert.equal(stateOf(bench, a), "ejected");
  assert.equal(stateOf(bench, c), "invalid");
  assert.deepEqual(
    [...bench.health.wantsProbe(a), ...bench.health.wantsProbe(c)],
    [],
    "trials are under way",
  );
  for (const trial of trials) trial?.end(outcome("ok"));
  assert.deepEqual([...bench.health.marks()], []);
});

Deno.test("a bad probe changes nothing before the trial is due, and counts as the trial afterwards", async () => {
  const { bench, a, c } = await ejectedBench();
  bench.health.learn(c, "m", outcome("key_invalid", { explicit: true }));
  const before = [...bench.health.marks()];
  bench.health.probed(a, outcome("unreachable"));
  bench.health.probed(c, outcome("key_invalid"));
  assert.deepEqual([...bench.health.marks()], before);
  bench.runtime.advance(10 * MINUTE_MS);
  bench.health.probed(a, outcome("broken"));
  bench.health.probed(c, outcome("key_invalid"));
  const nowMs = bench.runtime.monotonic();
  const left = (one: Candidate) => (bench.health.exclusion(one, "m", nowMs)?.endMs ?? nowMs) - nowMs;
  assert.equal(left(a), 30 * SECOND_MS, "ten minutes have worn off the first ejection");
  assert.equal(left(c), 20 * MINUTE_MS);
});

Deno.test("a probe teaches nothing of what is not marked", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  for (const name of ["key_invalid", "broken", "unreachable", "not_permitted", "rate_limited"] as const) {
    for (let time = 0; time < 20; time++) bench.health.probed(a, outcome(name, { explicit: true }));
  }
  assert.deepEqual([...bench.health.marks()], []);
});

Deno.test("whatever comes, never two uses at once try the same ejected upstream or invalid key", () => {
  const event = fc.record({
    act: fc.constantFrom("begin", "end", "learn", "probe"),
    key: fc.constantFrom("a", "b", "c"),
    result: fc.constantFrom("ok", "broken", "unreachable", "key_invalid", "client_fault", "rate_limited"),
    waitMs: fc.constantFrom(0, 1, 5_000, 31_000),
  });
  return fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
      const bench = await makeBench();
      const open: { mark: object; end: (result: Outcome) => void }[] = [];
      for (const { act, key, result, waitMs } of events) {
        const one = candidate(key);
        if (act === "begin") {
          const trial = bench.health.begin(one);
          const mark = bench.health.exclusion(one, "m", bench.runtime.monotonic());
          if (trial === undefined || mark === undefined) continue;
          assert.equal(mark.trial, true);
          assert.ok(open.every((other) => other.mark !== mark), "one trial for one mark");
          open.push({ mark, end: (outcome) => trial.end(outcome) });
        } else if (act === "end") open.shift()?.end(outcome(result));
        else if (act === "probe") bench.health.probed(one, outcome(result));
        else bench.health.learn(one, "m", outcome(result, { explicit: true }));
        bench.runtime.advance(waitMs);
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});
