import assert from "node:assert/strict";
import { candidate, outcome } from "../../fixtures.ts";
import { estimate, OK, quotaBench } from "../quota_fixtures.ts";
import { type HiddenGroups, play } from "./hidden_groups.ts";

const SEEDS = [1, 2, 3, 4];
const MINUTE_MS = 60_000;

/** 40 keys of 25 organisations, each allowed 30 requests a minute, 50 answers a key. */
const SCENE: Omit<HiddenGroups, "seed"> = {
  keys: 40,
  groups: 25,
  limit: () => 30,
  load: 0.8,
  foreign: 0,
  order: "chance",
  observations: 50,
};

async function findings(scene: Partial<HiddenGroups>) {
  const sums = { truePairs: 0, foundPairs: 0, falsePairs: 0 };
  for (const seed of SEEDS) {
    const found = await play({ ...SCENE, ...scene, seed });
    sums.truePairs += found.truePairs;
    sums.foundPairs += found.foundPairs;
    sums.falsePairs += found.falsePairs;
  }
  return sums;
}

Deno.test("within 50 answers a key all hidden groups are found, and no innocent is joined", async () => {
  for (const load of [0.8, 1]) {
    const { truePairs, foundPairs, falsePairs } = await findings({ load });
    assert.ok(truePairs > 60);
    assert.deepEqual({ load, foundPairs, falsePairs }, { load, foundPairs: truePairs, falsePairs: 0 });
  }
});

Deno.test("strangers on the same limits hide few groups and join no innocents", async () => {
  for (const foreign of [0.25, 0.4]) {
    const { truePairs, foundPairs, falsePairs } = await findings({ load: 0.6, foreign });
    assert.equal(falsePairs, 0);
    assert.ok(foundPairs >= 0.95 * truePairs, `${foundPairs} of ${truePairs}`);
  }
});

Deno.test("keys of one limit that are used in turn, with strangers on them, are not joined for running in step", async () => {
  for (const limit of [30, 120, 500]) {
    const { falsePairs } = await findings({ load: 0.6, foreign: 0.25, order: "turns", limit: () => limit });
    assert.equal(falsePairs, 0, `limit ${limit}`);
  }
});

Deno.test("keys that share nothing are not joined, however they are used", async () => {
  for (const order of ["chance", "turns"] as const) {
    for (const foreign of [0, 0.3]) {
      const { falsePairs } = await findings({ groups: 40, load: 0.65, foreign, order });
      assert.equal(falsePairs, 0, `${order} ${foreign}`);
    }
  }
});

/** Two keys that share 60 requests a minute, used by lot until they are found to; what the vendor has left then. */
async function foundPair() {
  const bench = await quotaBench();
  const { book, runtime } = bench;
  const keys = [candidate("a"), candidate("b")] as const;
  let left = 20;
  for (let count = 0; count < 200 && book.groups().length === 0; count++) {
    runtime.advance(300 + 700 * runtime.random());
    const one = runtime.random() < 0.5 ? keys[0] : keys[1];
    left = Math.max(0, left - 1) + 0.2;
    tell(bench, one, left);
  }
  assert.deepEqual(book.groups()[0]?.members, ["key:a", "key:b"]);
  return { ...bench, keys };
}

/** One request of the key, after which the vendor has `left` of 60. */
function tell(
  { book, runtime }: Pick<Awaited<ReturnType<typeof quotaBench>>, "book" | "runtime">,
  one: ReturnType<typeof candidate>,
  left: number,
): void {
  const nowMs = runtime.monotonic();
  const hold = book.begin(one, "m", estimate(), nowMs);
  const resetMs = Math.round((60 - left) * 1_000);
  hold.learn({ requests: { limit: 60, remaining: Math.floor(left), resetMs } }, nowMs);
  hold.end(OK, nowMs);
}

Deno.test("a found group is in force for all models, says what it rests on, and outlives a restart", async () => {
  const { book, runtime, state, store, keys: [one, two] } = await foundPair();
  const [group] = book.groups();
  assert.ok((group?.coincidences ?? 0) > 5);
  assert.equal(group?.sinceMs, runtime.now());
  assert.equal(book.rate(one, "m"), 30, "the limit is shared between both");
  const nowMs = runtime.monotonic();
  const hold = book.begin(one, "other", estimate(), nowMs);
  hold.end(outcome("rate_limited", { cooldownMs: 5_000 }), nowMs);
  assert.equal(book.shortage(two, "other", estimate(), nowMs)?.reason, "learned");
  await state.flush();
  const after = await quotaBench(runtime, store);
  await after.book.restore();
  assert.deepEqual(after.book.groups(), [group]);
});

Deno.test("the config splits a key off whatever was found, and a declared name is never joined", async () => {
  const { book, runtime, keys: [one] } = await foundPair();
  const alone = { ...one, endpoint: { ...one.endpoint, quota: { grouping: "alone", limits: [] } } } as const;
  const nowMs = runtime.monotonic();
  book.begin(one, "m", estimate(), nowMs).end(outcome("rate_limited", { cooldownMs: 5_000 }), nowMs);
  assert.notEqual(book.shortage(one, "m", estimate(), nowMs), undefined);
  assert.equal(book.shortage(alone, "m", estimate(), nowMs), undefined);
});

Deno.test("a group whose answers leave more than its count allows is taken apart", async () => {
  const bench = await foundPair();
  const { book, runtime, keys } = bench;
  // From now on each has a limit of its own: one is worn down, the other is nearly whole.
  for (let count = 0; count < 40 && book.groups().length > 0; count++) {
    runtime.advance(1_000);
    tell(bench, keys[0], 10);
    tell(bench, keys[1], 50);
  }
  assert.deepEqual(book.groups(), []);
  assert.equal(book.rate(keys[0], "m") ?? 60, 60);
});

Deno.test("keys of a vendor that tells no limits are joined when they refuse together, and only then", async () => {
  const { book, runtime } = await quotaBench();
  const keys = ["a", "b", "c", "d"].map((id) => candidate(id));
  const send = (one: ReturnType<typeof candidate>, isRefused: boolean) => {
    const nowMs = runtime.monotonic();
    book.begin(one, "m", estimate(), nowMs).end(isRefused ? outcome("rate_limited") : OK, nowMs);
  };
  for (let round = 0; round < 60; round++) {
    for (const one of keys) send(one, false);
    runtime.advance(2_000);
    // a and b share: both are refused; c and d are asked right after, and answer.
    for (const [index, one] of keys.entries()) send(one, index < 2);
    runtime.advance(MINUTE_MS);
  }
  assert.deepEqual(book.groups().map(({ members }) => members), [["key:a", "key:b"]]);
});

Deno.test("when a vendor refuses everybody at once, nobody is joined", async () => {
  const { book, runtime } = await quotaBench();
  const keys = Array.from({ length: 12 }, (_, index) => candidate(`k${index}`));
  for (let round = 0; round < 100; round++) {
    const nowMs = runtime.monotonic();
    for (const one of keys) {
      book.begin(one, "m", estimate(), nowMs).end(round % 2 === 0 ? outcome("rate_limited") : OK, nowMs);
    }
    runtime.advance(MINUTE_MS);
  }
  assert.deepEqual(book.groups(), []);
});
