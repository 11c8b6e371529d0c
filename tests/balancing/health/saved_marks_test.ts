import assert from "node:assert/strict";
import fc from "fast-check";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { type Bench, candidate, makeBench, outcome } from "../fixtures.ts";

const HOUR_MS = 3_600_000;

/** The board of the next process: another monotonic clock, the wall clock `passedMs` later, the same store. */
async function restarted(bench: Bench, passedMs: number): Promise<Bench> {
  await bench.state.close();
  const runtime = fakeRuntime({ nowMs: bench.runtime.now() });
  // The store reads its clock from the first runtime, as both would read the machine's.
  bench.runtime.advance(passedMs);
  runtime.advance(passedMs);
  const next = await makeBench({ runtime, store: bench.store });
  await next.health.restore();
  return next;
}

function marksOf({ health, runtime }: Bench): string[] {
  return [...health.marks()]
    .map(({ state, scope, reason, endMs }) => `${state} ${scope} ${reason} ${endMs - runtime.monotonic()}`)
    .sort();
}

Deno.test("every kind of mark outlives a restart with the time that is left", async () => {
  const bench = await makeBench();
  const a = candidate("a", { group: "g" });
  bench.health.learn(a, "m", outcome("key_invalid", { explicit: true }));
  bench.health.learn(a, "m", outcome("quota_spent", { cooldownMs: HOUR_MS }));
  bench.health.learn(a, "m", outcome("model_missing"));
  for (let time = 0; time < 5; time++) bench.health.learn(a, "m", outcome("broken"));
  bench.health.disable("key:b", "leaked");
  const next = await restarted(bench, 10_000);
  assert.deepEqual(marksOf(next), [
    "cooldown a/m model_missing 590000",
    "cooldown group:g quota_spent 3590000",
    "disabled key:b leaked Infinity",
    "ejected upstream:u broken 20000",
    "invalid key:a key_invalid 590000",
  ]);
  assert.equal(next.health.exclusion(a, "m", next.runtime.monotonic())?.state, "invalid");
  assert.match(next.lines[0]?.text ?? "", /Restored the health of 5 /);
});

Deno.test("a restored model-on-key mark excludes that model alone", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  bench.health.learn(a, "vendor/m", outcome("model_missing"));
  const next = await restarted(bench, 0);
  const nowMs = next.runtime.monotonic();
  assert.equal(next.health.exclusion(a, "vendor/m", nowMs)?.reason, "model_missing");
  assert.equal(next.health.exclusion(a, "vendor/m", nowMs)?.refused, true);
  assert.equal(next.health.exclusion(a, "other", nowMs), undefined);
});

Deno.test("what ran out while the process was down is not restored, an invalid key is due for its trial", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  bench.health.learn(a, "m", outcome("rate_limited"));
  bench.health.learn(a, "m", outcome("key_invalid", { explicit: true }));
  const next = await restarted(bench, 2 * HOUR_MS);
  assert.deepEqual(marksOf(next), ["invalid key:a key_invalid 0"]);
  assert.equal(next.health.exclusion(a, "m", next.runtime.monotonic()), undefined);
  assert.ok(next.health.begin(a));
});

Deno.test("the doubled wait of an invalid key goes on after a restart", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  const refusal = outcome("key_invalid", { explicit: true });
  bench.health.learn(a, "m", refusal);
  bench.runtime.advance(600_000);
  bench.health.begin(a)?.end(refusal);
  const next = await restarted(bench, 1_200_000);
  next.health.begin(a)?.end(refusal);
  assert.deepEqual(marksOf(next), ["invalid key:a key_invalid 2400000"]);
});

Deno.test("what was lifted before the restart stays lifted", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  bench.health.learn(a, "m", outcome("key_invalid", { explicit: true }));
  await bench.state.flush();
  bench.health.clear("key:a");
  assert.deepEqual(marksOf(await restarted(bench, 0)), []);
});

Deno.test("no restored time is believed beyond 24 h", async () => {
  const bench = await makeBench();
  const marks = [{
    state: "cooldown",
    reason: "http_429",
    sinceMs: 0,
    untilMs: bench.runtime.now() + 9_000 * HOUR_MS,
  }];
  await bench.store.set(["v1", "health", "key:a"], { marks, trialIntervalMs: 9e12 });
  await bench.health.restore();
  assert.deepEqual(marksOf(bench), [`cooldown key:a http_429 ${24 * HOUR_MS}`]);
});

Deno.test("what was learnt before the restore and lasts longer stays", async () => {
  const bench = await makeBench();
  const a = candidate("a");
  bench.health.learn(a, "m", outcome("rate_limited", { cooldownMs: 5_000 }));
  await bench.state.flush();
  const next = await makeBench({ runtime: bench.runtime, store: bench.store });
  next.health.learn(a, "m", outcome("rate_limited", { cooldownMs: 50_000 }));
  await next.health.restore();
  assert.deepEqual(marksOf(next), ["cooldown a/m rate_limited 50000"]);
});

Deno.test("a store that fails leaves a blank board and a line in the log", async () => {
  const bench = await makeBench();
  await bench.store[Symbol.asyncDispose]();
  await bench.health.restore();
  assert.deepEqual(marksOf(bench), []);
  assert.match(bench.lines[0]?.text ?? "", /Could not restore health/);
});

Deno.test("nothing that lies in the store under health can break the start or outlast its bound", () =>
  fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), fc.double(), async (value, reason, untilMs) => {
      const bench = await makeBench();
      const states = ["disabled", "invalid", "cooldown", "ejected", "other"];
      const marks = states.map((state) => ({ state, reason, sinceMs: 0, untilMs }));
      await bench.store.set(["v1", "health", "one"], value);
      await bench.store.set(["v1", "health", "two", "deep"], { marks, trialIntervalMs: untilMs });
      await bench.health.restore();
      const nowMs = bench.runtime.monotonic();
      for (const { state, endMs } of bench.health.marks()) {
        assert.ok(state === "disabled" || endMs - nowMs <= 24 * HOUR_MS);
      }
      assert.equal(bench.lines.filter(({ level }) => level === "warn").length, 0);
    }),
    { numRuns: 300, seed: 4 },
  ));
