import assert from "node:assert/strict";
import type { Candidate } from "../../../../src/balancing/endpoint.ts";
import { type Bench, candidate, makeBench, outcome } from "../../fixtures.ts";

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

Deno.test("half of a pool's keys forbidden at once (403) is the upstream's fault, and their cooldowns are taken off", async () => {
  const bench = await benchFor(8);
  bench.health.learn(candidate("k0"), "m", outcome("quota_spent", { reason: "http_402" }));
  for (const one of keysOf(8)) {
    bench.health.learn(one, "m", outcome("not_permitted", { reason: "http_403", explicit: true }));
  }
  assert.deepEqual(statesOf(bench), ["cooldown key:k0", "ejected upstream:u"], "spent quota stays spent");
});

Deno.test("twenty keys refused one after the other are enough in a pool of a thousand, where nobody is served", async () => {
  const bench = await benchFor(1_000);
  for (const one of keysOf(200)) bench.health.learn(one, "m", refusal);
  assert.deepEqual(statesOf(bench), ["ejected upstream:u"]);
  const busy = await benchFor(1_000);
  for (const one of keysOf(40)) {
    busy.health.learn(one, "m", refusal);
    busy.runtime.advance(10);
    busy.health.learn(candidate("good"), "m", outcome("ok"));
  }
  assert.equal(statesOf(busy).length, 40, "bad keys among good ones are marked");
  assert.ok(statesOf(busy).every((state) => state.startsWith("invalid key:")));
});

const limited = (cooldownMs?: number) =>
  outcome("rate_limited", { reason: "http_429", ...(cooldownMs === undefined ? {} : { cooldownMs }) });

/** Milliseconds that the upstream has to rest; undefined when it need not. */
function restMs({ health, runtime }: Bench): number | undefined {
  const mark = [...health.marks()].find(({ scope }) => scope === "upstream:u");
  return mark && mark.endMs - runtime.monotonic();
}

Deno.test("half of a pool's keys limited without one that is served rests the upstream for the shortest told time", async () => {
  const bench = await benchFor(10);
  for (const [at, one] of keysOf(5).entries()) bench.health.learn(one, "m", limited(20_000 + at * 1_000));
  assert.equal(restMs(bench), 20_000);
  assert.ok(statesOf(bench).every((state) => state.startsWith("cooldown")), "nothing worse than a rest");
  assert.equal(bench.lines.filter(({ text }) => text.includes("no key is marked")).length, 1);
});

Deno.test("an address that is limited by itself costs twenty calls of a thousand keys, and four a time while it lasts", async () => {
  const bench = await benchFor(1_000);
  const keys = keysOf(1_000);
  const used = new Set<string>();
  const ask = () => {
    const nowMs = bench.runtime.monotonic();
    const one = keys.find((key) => !used.has(key.endpoint.id) && !bench.health.exclusion(key, "m", nowMs));
    if (one === undefined) return false;
    used.add(one.endpoint.id);
    bench.health.learn(one, "m", limited());
    return true;
  };
  while (ask());
  assert.equal(used.size, 20);
  for (const seconds of [10, 20]) {
    assert.equal(restMs(bench), seconds * 1_000);
    bench.runtime.advance(seconds * 1_000);
    const before: number = used.size;
    while (ask());
    assert.equal(used.size - before, 4);
  }
});

Deno.test("limited keys of a busy pool prove nothing while others are served, from their first content on", async () => {
  for (const serve of ["end", "first content"]) {
    const bench = await benchFor(10);
    const good = candidate("k9");
    for (let round = 0; round < 50; round++) {
      for (const [at, one] of keysOf(9).entries()) {
        bench.health.learn(one, "m", limited(1_000));
        if (at % 3 !== 2) continue;
        if (serve === "end") bench.health.learn(good, "m", outcome("ok"));
        else bench.health.served(good);
      }
      bench.runtime.advance(900);
      assert.equal(restMs(bench), undefined);
    }
  }
});

Deno.test("keys of declared quota groups rest with their group, never with the upstream", async () => {
  const bench = await benchFor(10);
  for (let at = 0; at < 10; at++) {
    bench.health.learn(candidate(`k${at}`, { group: `g${at % 2}` }), "m", limited(5_000));
  }
  assert.deepEqual(statesOf(bench), ["cooldown group:g0", "cooldown group:g1"]);
});

Deno.test("an upstream that refused everybody is tried with four keys in a row, not with half of the pool", async () => {
  const bench = await benchFor(100);
  for (const one of keysOf(20)) bench.health.learn(one, "m", refusal);
  bench.runtime.advance(30_000);
  let trials = 0;
  for (const one of keysOf(100)) {
    const trial = bench.health.begin(one);
    if (trial === undefined) break;
    trials++;
    trial.end(refusal);
  }
  assert.equal(trials, 4);
  assert.equal(restMs(bench), 60_000);
});
