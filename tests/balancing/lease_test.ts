import assert from "node:assert/strict";
import type { Candidate } from "../../src/balancing/endpoint.ts";
import { type Lease, startLease } from "../../src/balancing/lease.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { type Bench, candidate, decideNow, makeBench, outcome, tierOf } from "./fixtures.ts";

Deno.test("a lease counts from the start to the end, and a second end changes nothing", async () => {
  const { runtime, health } = await makeBench();
  const one = candidate("a");
  const { load } = one.endpoint;
  const tier = tierOf(one);
  const take = () => startLease({ decision: decideNow(tier), tier, runtime, health });
  const first = take();
  const second = take();
  assert.deepEqual([load.inFlight, load.started, tier.index.tierLoad.total], [2, 2, 2]);
  first.end(outcome("ok"));
  first.end(outcome("broken"));
  assert.deepEqual([load.inFlight, load.started, tier.index.tierLoad.total], [1, 2, 1]);
  second.end(outcome("client_gone"));
  assert.deepEqual([load.inFlight, load.started, tier.index.tierLoad.total], [0, 2, 0]);
});

Deno.test("a lease turns the rotation of its tier", async () => {
  const { runtime, health } = await makeBench();
  const [a, b] = [candidate("a"), candidate("b")];
  const tier = tierOf(a, b);
  const decision = decideNow(tier);
  assert.equal(decision.pick, a);
  assert.equal(decideNow(tier).pick, a, "deciding alone turns nothing");
  startLease({ decision, tier, runtime, health }).end(outcome("ok"));
  assert.equal(decideNow(tier).pick, b);
});

Deno.test("no lease starts on a decision that picked nobody", async () => {
  const { runtime, health } = await makeBench();
  const tier = tierOf();
  assert.throws(() => startLease({ decision: decideNow(tier), tier, runtime, health }), RangeError);
});

Deno.test("the first content of a stream is timed once", async () => {
  const { runtime, health } = await makeBench();
  const one = candidate("a");
  const tier = tierOf(one);
  const lease = startLease({ decision: decideNow(tier), tier, runtime, health });
  runtime.advance(120);
  lease.firstContent(true);
  assert.equal(one.endpoint.load.latencyMs(runtime.monotonic()), 120);
  runtime.advance(500);
  lease.firstContent(true);
  assert.ok(one.endpoint.load.latencyMs(runtime.monotonic()) < 120);
  lease.end(outcome("ok"));
});

Deno.test("the time to a whole answer tells how long it is, and counts as nothing", async () => {
  const { runtime, health } = await makeBench();
  const one = candidate("a");
  const tier = tierOf(one);
  const lease = startLease({ decision: decideNow(tier), tier, runtime, health });
  runtime.advance(60_000);
  lease.firstContent(false);
  lease.end(outcome("ok"));
  assert.equal(one.endpoint.load.isUnknown, true);
});

const MINUTE_MS = 60_000;
const refusal = outcome("key_invalid", { explicit: true });

/** Picks and begins; undefined when nobody may be used. */
function begin({ health, runtime }: Bench, one: Candidate): Lease | undefined {
  const tier = tierOf(one);
  const nowMs = runtime.monotonic();
  const decision = decideNow(tier, {}, { health, nowMs });
  return decision.pick && startLease({ decision, tier, runtime, health });
}

function finish({ health }: Bench, one: Candidate, lease: Lease | undefined, result: Outcome): void {
  assert.ok(lease, "a lease was expected");
  health.learn(one, "m", result);
  lease.end(result);
}

Deno.test("an invalid key is used for exactly one trial after 10 min, and a success lifts the mark", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  finish(bench, a, begin(bench, a), refusal);
  bench.runtime.advance(10 * MINUTE_MS - 1);
  assert.equal(begin(bench, a), undefined);
  bench.runtime.advance(1);
  const trial = begin(bench, a);
  assert.equal(begin(bench, a), undefined, "one trial at a time");
  finish(bench, a, trial, outcome("ok"));
  assert.deepEqual([...bench.health.marks()], []);
  finish(bench, a, begin(bench, a), outcome("ok"));
});

Deno.test("each failed trial doubles the wait, up to an hour", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  finish(bench, a, begin(bench, a), refusal);
  for (const minutes of [10, 20, 40, 60, 60]) {
    bench.runtime.advance(minutes * MINUTE_MS - 1);
    assert.equal(begin(bench, a), undefined, `before ${minutes} min`);
    bench.runtime.advance(1);
    finish(bench, a, begin(bench, a), refusal);
  }
});

Deno.test("a trial that says nothing of the key is followed by another at once", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  finish(bench, a, begin(bench, a), refusal);
  bench.runtime.advance(10 * MINUTE_MS);
  finish(bench, a, begin(bench, a), outcome("client_gone"));
  finish(bench, a, begin(bench, a), outcome("ok"));
  assert.deepEqual([...bench.health.marks()], []);
});

Deno.test("an answer begun before the mark neither lifts it nor lengthens it", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  const early = [begin(bench, a), begin(bench, a), begin(bench, a)];
  finish(bench, a, begin(bench, a), refusal);
  const before = [...bench.health.marks()];
  bench.runtime.advance(MINUTE_MS);
  finish(bench, a, early[0], outcome("ok"));
  finish(bench, a, early[1], refusal);
  finish(bench, a, early[2], outcome("broken"));
  assert.deepEqual([...bench.health.marks()], before);
});

Deno.test("a trial lost without an answer is followed by another after its wait", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  finish(bench, a, begin(bench, a), refusal);
  bench.runtime.advance(10 * MINUTE_MS);
  assert.ok(begin(bench, a));
  bench.runtime.advance(10 * MINUTE_MS - 1);
  assert.equal(begin(bench, a), undefined);
  bench.runtime.advance(1);
  assert.ok(begin(bench, a));
});

Deno.test("explaining claims no trial", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  finish(bench, a, begin(bench, a), refusal);
  bench.runtime.advance(10 * MINUTE_MS);
  const nowMs = bench.runtime.monotonic();
  for (let look = 0; look < 3; look++) {
    assert.equal(decideNow(tierOf(a), { explain: true }, { health: bench.health, nowMs }).pick, a);
  }
  assert.ok(begin(bench, a));
});
