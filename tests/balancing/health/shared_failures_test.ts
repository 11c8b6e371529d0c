import assert from "node:assert/strict";
import type { Candidate } from "../../../src/balancing/endpoint.ts";
import { type Bench, candidate, makeBench, outcome } from "../fixtures.ts";

const refusal = outcome("key_invalid", { explicit: true });

function keysOf(count: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => candidate(`k${index}`));
}

async function benchFor(keyCount: number): Promise<Bench> {
  const bench = await makeBench();
  bench.health.poolsInForce(new Map([["p", { keys: keyCount, upstreams: new Set() }]]));
  return bench;
}

function statesOf({ health }: Bench): string[] {
  return [...health.marks()].map(({ state, scope }) => `${state} ${scope}`).sort();
}

Deno.test("half of a pool's keys refused within 10 s is the upstream's fault, and no key is marked, in time or late", async () => {
  const bench = await benchFor(20);
  for (const one of keysOf(20)) {
    bench.health.learn(one, "m", refusal);
    bench.runtime.advance(200);
  }
  assert.deepEqual(statesOf(bench), ["ejected upstream:u"]);
  const said = bench.lines.filter(({ text }) => text.includes("no key is marked"));
  assert.deepEqual(said.map(({ fields }) => fields.keys), [10]);
});

Deno.test("refusals spread over more than 10 s mark each key", async () => {
  const bench = await benchFor(8);
  for (const one of keysOf(8)) {
    bench.health.learn(one, "m", refusal);
    bench.runtime.advance(3_400);
  }
  assert.equal(statesOf(bench).length, 8);
  assert.ok(statesOf(bench).every((state) => state.startsWith("invalid key:")));
});

Deno.test("in a small pool fewer than four bad keys are bad keys, be they all", async () => {
  for (const size of [1, 2, 3]) {
    const bench = await benchFor(size);
    for (const one of keysOf(size)) bench.health.learn(one, "m", refusal);
    assert.equal(statesOf(bench).length, size);
    assert.ok(statesOf(bench).every((state) => state.startsWith("invalid key:")));
  }
});

Deno.test("less than half of a pool is marked", async () => {
  const bench = await benchFor(20);
  for (const one of keysOf(9)) bench.health.learn(one, "m", refusal);
  assert.equal(statesOf(bench).length, 9);
});

Deno.test("the same key refused again and again is one key", async () => {
  const bench = await benchFor(8);
  for (let time = 0; time < 30; time++) bench.health.learn(candidate("k0"), "m", refusal);
  assert.deepEqual(statesOf(bench), ["invalid key:k0"]);
});

Deno.test("keys that are really bad are marked once the upstream has served others in between", async () => {
  const bench = await benchFor(8);
  const [bad, good] = [keysOf(8).slice(0, 4), keysOf(8).slice(4)];
  for (const one of bad) bench.health.learn(one, "m", refusal);
  assert.deepEqual(statesOf(bench), ["ejected upstream:u"]);
  bench.runtime.advance(30_000);
  for (const one of good) bench.health.learn(one, "m", outcome("ok"));
  for (const one of bad) bench.health.learn(one, "m", refusal);
  assert.deepEqual(statesOf(bench), bad.map(({ endpoint }) => `invalid ${endpoint.scopes.key}`));
});

Deno.test("an upstream that serves nobody in between is at fault again, for longer", async () => {
  const bench = await benchFor(8);
  for (const one of keysOf(8)) bench.health.learn(one, "m", refusal);
  bench.runtime.advance(30_000);
  for (const one of keysOf(8)) bench.health.learn(one, "m", refusal);
  const [mark, ...rest] = bench.health.marks();
  assert.equal(rest.length, 0);
  assert.equal(mark?.state, "ejected");
  assert.equal(mark?.endMs, bench.runtime.monotonic() + 60_000);
});

Deno.test("answers begun before the event do not count as served in between", async () => {
  const bench = await benchFor(8);
  const keys = keysOf(8);
  for (const one of keys.slice(0, 4)) bench.health.learn(one, "m", refusal);
  bench.runtime.advance(9_999);
  for (const one of keys) bench.health.learn(one, "m", outcome("ok"));
  bench.runtime.advance(20_001);
  for (const one of keys.slice(0, 4)) bench.health.learn(one, "m", refusal);
  assert.deepEqual(statesOf(bench), ["ejected upstream:u"]);
});

Deno.test("two upstreams of one pool are judged apart", async () => {
  const bench = await benchFor(8);
  for (let index = 0; index < 3; index++) {
    bench.health.learn(candidate(`k${index}`, { upstream: "u" }), "m", refusal);
    bench.health.learn(candidate(`k${index + 4}`, { upstream: "v" }), "m", refusal);
  }
  assert.equal(statesOf(bench).filter((state) => state.startsWith("invalid")).length, 6);
});
