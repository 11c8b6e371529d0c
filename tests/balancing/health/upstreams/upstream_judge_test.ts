import assert from "node:assert/strict";
import fc from "fast-check";
import type { HealthPolicy } from "../../../../src/balancing/health/health_policy.ts";
import { type Bench, candidate, makeBench, outcome } from "../../fixtures.ts";

const SECOND_MS = 1_000;
const NEVER = { consecutive: 0, rate: { minimum: 0, share: 0, spanMs: 30_000 } };

/** Health of one pool `p` with these upstreams. */
async function benchOf(...upstreams: readonly string[]): Promise<Bench> {
  const bench = await makeBench();
  const scopes = new Set(upstreams.map((upstream) => `upstream:${upstream}`));
  bench.health.poolsInForce(new Map([["p", { keys: 1, upstreams: scopes }]]));
  return bench;
}

function ejected({ health }: Bench): string[] {
  return [...health.marks()].filter(({ state }) => state === "ejected").map(({ scope }) => scope).sort();
}

/** Seconds that the ejection of `u` has to go; 0 when it is not ejected. */
function secondsOut({ health, runtime }: Bench): number {
  const mark = [...health.marks()].find(({ state }) => state === "ejected");
  return mark === undefined ? 0 : (mark.endMs - runtime.monotonic()) / SECOND_MS;
}

function teach(bench: Bench, policy: Partial<HealthPolicy>, results: string): void {
  const one = candidate("a", { health: policy });
  for (const letter of results) {
    bench.health.learn(one, "m", outcome(letter === "." ? "ok" : letter === "u" ? "unreachable" : "broken"));
  }
}

Deno.test("so many failures within the span eject, whatever succeeds between them", async () => {
  const policy = { ...NEVER, window: { failures: 4, spanMs: 10_000 } };
  const bench = await benchOf("u", "v");
  teach(bench, policy, "x..x..x....");
  assert.deepEqual(ejected(bench), []);
  teach(bench, policy, "x");
  assert.deepEqual(ejected(bench), ["upstream:u"]);
});

Deno.test("failures older than the span count no more", async () => {
  const policy = { ...NEVER, window: { failures: 3, spanMs: 10_000 } };
  const bench = await benchOf("u", "v");
  for (let round = 0; round < 20; round++) {
    teach(bench, policy, "x.");
    bench.runtime.advance(5_000);
  }
  assert.deepEqual(ejected(bench), []);
});

Deno.test("a share of failures ejects once there are enough answers to judge by, not before", async () => {
  const policy = { ...NEVER, rate: { minimum: 10, share: 0.5, spanMs: 30_000 } };
  const bench = await benchOf("u", "v");
  teach(bench, policy, ".x.x.x.x.");
  assert.deepEqual(ejected(bench), [], "nine answers");
  teach(bench, policy, "x");
  assert.deepEqual(ejected(bench), ["upstream:u"]);
});

Deno.test("successes before the first failure are in the share", async () => {
  const policy = { ...NEVER, rate: { minimum: 10, share: 0.5, spanMs: 30_000 } };
  const bench = await benchOf("u", "v");
  teach(bench, policy, ".".repeat(20) + "x".repeat(19));
  assert.deepEqual(ejected(bench), []);
  teach(bench, policy, "x");
  assert.deepEqual(ejected(bench), ["upstream:u"]);
});

Deno.test("a share a little under the threshold never ejects", async () => {
  const policy = { ...NEVER, rate: { minimum: 10, share: 0.5, spanMs: 30_000 } };
  const bench = await benchOf("u", "v");
  for (let round = 0; round < 200; round++) {
    teach(bench, policy, "..x.x");
    bench.runtime.advance(400);
  }
  assert.deepEqual(ejected(bench), []);
});

Deno.test("thresholds of 0 are never reached", async () => {
  const policy = { ...NEVER, window: { failures: 0, spanMs: 10_000 }, keyInvalidAfter: 0 };
  const bench = await benchOf("u", "v");
  teach(bench, policy, "x".repeat(500) + "u".repeat(500));
  const one = candidate("a", { health: policy });
  for (let time = 0; time < 10; time++) {
    bench.health.learn(one, "m", outcome("key_invalid", { explicit: true }));
  }
  assert.deepEqual([...bench.health.marks()], []);
});

Deno.test("a smaller number in a row also holds for connections, a larger one does not", async () => {
  for (const [consecutive, least] of [[1, 1], [2, 2], [9, 2]] as const) {
    const bench = await benchOf("u", "v");
    teach(bench, { ...NEVER, consecutive }, "u".repeat(least - 1));
    assert.deepEqual(ejected(bench), []);
    teach(bench, { ...NEVER, consecutive }, "u");
    assert.deepEqual(ejected(bench), ["upstream:u"]);
  }
});

Deno.test("the times of ejections are the policy's, and grow no longer than its longest", async () => {
  const eject = { baseMs: 10_000, maxMs: 25_000 };
  const bench = await benchOf("u", "v");
  const out = [];
  for (let round = 0; round < 4; round++) {
    teach(bench, { eject }, "xxxxx");
    out.push(secondsOut(bench));
    bench.runtime.advance(secondsOut(bench) * SECOND_MS);
  }
  assert.deepEqual(out, [10, 20, 25, 25]);
});

Deno.test("every minute that an upstream is well takes one step off its next ejection", async () => {
  const bench = await benchOf("u", "v");
  for (let round = 0; round < 4; round++) {
    teach(bench, {}, "xxxxx");
    bench.runtime.advance(secondsOut(bench) * SECOND_MS);
  }
  teach(bench, {}, ".");
  bench.runtime.advance(120 * SECOND_MS);
  teach(bench, {}, "xxxxx");
  assert.equal(secondsOut(bench), 90, "four before, two forgotten");
  bench.runtime.advance((90 + 3 * 60) * SECOND_MS);
  teach(bench, {}, ".xxxxx");
  assert.equal(secondsOut(bench), 30, "all forgotten");
});

Deno.test("at most half of a pool's upstreams, rounded down, are out at once, and it is said once", async () => {
  for (const [size, most] of [[1, 1], [2, 1], [3, 1], [4, 2], [5, 2], [10, 5]] as const) {
    const names = Array.from({ length: size }, (_, index) => `u${index}`);
    const bench = await benchOf(...names);
    for (const upstream of names) {
      for (let time = 0; time < 12; time++) {
        bench.health.learn(candidate(upstream, { upstream }), "m", outcome("broken"));
      }
    }
    assert.equal(ejected(bench).length, most, `of ${size}`);
    const said = bench.lines.filter(({ text }) => text.includes("Not ejected"));
    assert.equal(said.length, size - most, `of ${size}`);
  }
});

Deno.test("one that was kept for want of room is ejected as soon as another is back", async () => {
  const bench = await benchOf("u", "v");
  const [u, v] = [candidate("a"), candidate("b", { upstream: "v" })];
  for (let time = 0; time < 5; time++) bench.health.learn(v, "m", outcome("broken"));
  teach(bench, {}, "xxxxx");
  assert.deepEqual(ejected(bench), ["upstream:v"]);
  bench.runtime.advance(30 * SECOND_MS);
  bench.health.begin(v)?.end(outcome("ok"));
  bench.health.learn(u, "m", outcome("broken"));
  assert.deepEqual(ejected(bench), ["upstream:u"]);
});

Deno.test("an upstream of two pools is ejected only where both can do without it", async () => {
  const bench = await makeBench();
  const scopes = (...names: string[]) => new Set(names.map((name) => `upstream:${name}`));
  bench.health.poolsInForce(
    new Map([["p", { keys: 1, upstreams: scopes("u", "v", "w", "x") }], ["q", {
      keys: 1,
      upstreams: scopes("u", "y"),
    }]]),
  );
  for (const upstream of ["y", "u", "v", "w"]) {
    for (let time = 0; time < 5; time++) {
      bench.health.learn(candidate(upstream, { upstream }), "m", outcome("broken"));
    }
  }
  assert.deepEqual(ejected(bench), ["upstream:v", "upstream:w", "upstream:y"]);
});

const SIZES = [1, 2, 3, 5, 8];

Deno.test("whatever happens, at most half of a pool is ejected, and no longer than the policy allows", () => {
  const event = fc.record({
    upstream: fc.nat(7),
    result: fc.constantFrom("ok", "broken", "unreachable", "overloaded", "key_invalid", "client_fault"),
    times: fc.integer({ min: 1, max: 8 }),
    waitMs: fc.constantFrom(0, 1, 700, 5_000, 31_000, 400_000),
    leased: fc.boolean(),
  });
  const policy = {
    window: { failures: 6, spanMs: 20_000 },
    rate: { minimum: 4, share: 0.5, spanMs: 10_000 },
    eject: { baseMs: 10_000, maxMs: 45_000 },
  };
  return fc.assert(
    fc.asyncProperty(fc.constantFrom(...SIZES), fc.array(event, { maxLength: 60 }), async (size, events) => {
      const names = Array.from({ length: size }, (_, index) => `u${index}`);
      const bench = await benchOf(...names);
      for (const { upstream: at, result, times, waitMs, leased } of events) {
        const upstream = `u${at % size}`;
        const one = candidate(`${upstream}k`, { upstream, health: policy });
        for (let time = 0; time < times; time++) {
          const trial = leased ? bench.health.begin(one) : undefined;
          trial?.end(outcome(result));
          bench.health.learn(one, "m", outcome(result));
          assert.ok(ejected(bench).length <= Math.max(1, Math.floor(size / 2)));
        }
        for (const { state, endMs } of bench.health.marks()) {
          if (state === "ejected") assert.ok(endMs - bench.runtime.monotonic() <= 45_000);
        }
        bench.runtime.advance(waitMs);
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
