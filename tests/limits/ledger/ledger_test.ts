import assert from "node:assert/strict";
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { Ledger } from "../../../src/limits/ledger/ledger.ts";
import type { LedgerQuery } from "../../../src/limits/ledger/ledger_query.ts";
import { readTime } from "../../../src/limits/ledger/read_time.ts";
import { memory } from "../../../src/stores/memory.ts";
import type { Store } from "../../../src/stores/store.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";
import { rowOf, testLedger } from "../../support/ledger/test_ledger.ts";

const HOUR_MS = 3_600_000;
const START_MS = readTime("2026-01-01") ?? NaN;

const ask = (more: Partial<LedgerQuery> = {}): LedgerQuery => ({
  fromMs: START_MS,
  toMs: START_MS + 31 * 24 * HOUR_MS,
  bucket: "all",
  by: [],
  only: {},
  ...more,
});

/** Lets what waits for the store run on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 500; turn++) await Promise.resolve();
}

/** A ledger over a store that already holds an attempt of 7 of this hour, and that cannot be read at first. */
async function unreadable() {
  const { runtime, state, ledger, again } = await kept();
  ledger.enter(rowOf({ timeMs: START_MS, costNanos: 7 }));
  await state.flush();
  const fault = { isAway: true };
  const away: Store = {
    ...state.store,
    list: (prefix) => {
      if (fault.isAway) throw new Error("away");
      return state.store.list(prefix);
    },
  };
  const log = silentLog;
  const writer = new WriteBehind({ store: away, runtime, log, observer: memoryObserver() });
  const next = new Ledger({ runtime, log, state: writer });
  await next.restore();
  return { runtime, fault, state: writer, ledger: next, again };
}

/** Attempts and what they cost. */
async function told(ledger: Ledger): Promise<readonly unknown[]> {
  const [all] = await ledger.query(ask());
  return [all?.sums.attempts, all?.sums.costNanos];
}

/** A ledger over a store that a second one can be opened over. */
async function kept() {
  const runtime = fakeRuntime({ nowMs: START_MS });
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const log = silentLog;
  const state = new WriteBehind({ store, runtime, log, observer: memoryObserver() });
  return {
    runtime,
    state,
    ledger: new Ledger({ runtime, log, state }),
    again: () => testLedger(runtime, store),
  };
}

Deno.test("rows are added up by what is asked for, dearest first", async () => {
  const ledger = testLedger(fakeRuntime({ nowMs: START_MS }));
  const timeMs = START_MS;
  ledger.enter(rowOf({ timeMs, tenant: "web", model: "a", costNanos: 5 }));
  ledger.enter(rowOf({ timeMs, tenant: "web", model: "b", costNanos: 20, first: false }));
  ledger.enter(rowOf({ timeMs, tenant: "batch", model: "a", costNanos: null, provenance: "estimated" }));
  const byModel = await ledger.query(ask({ by: ["model"] }));
  assert.deepEqual(byModel.map(({ place, sums }) => [place.model, sums.costNanos]), [["b", 20], ["a", 5]]);
  const [web] = await ledger.query(ask({ by: ["tenant"], only: { tenant: "web" } }));
  assert.deepEqual([web?.sums.requests, web?.sums.attempts, web?.sums.inputTokens], [1, 2, 20]);
  const [all] = await ledger.query(ask());
  assert.deepEqual([all?.sums.unpriced, all?.sums.estimated, all?.sums.unreportedTokens], [1, 1, 15]);
});

Deno.test("a row is entered once", async () => {
  const ledger = testLedger(fakeRuntime({ nowMs: START_MS }));
  const row = rowOf({ timeMs: START_MS });
  assert.equal(ledger.enter(row), true);
  assert.equal(ledger.enter(row), false);
  const [all] = await ledger.query(ask());
  assert.equal(all?.sums.attempts, 1);
});

Deno.test("time is told by hour, day or month", async () => {
  const ledger = testLedger(fakeRuntime({ nowMs: START_MS + 40 * HOUR_MS }));
  for (const hours of [0, 1, 30]) ledger.enter(rowOf({ timeMs: START_MS + hours * HOUR_MS }));
  const timesOf = async (bucket: LedgerQuery["bucket"]) =>
    (await ledger.query(ask({ bucket }))).map(({ time }) => time);
  assert.deepEqual(await timesOf("hour"), ["2026-01-01T00", "2026-01-01T01", "2026-01-02T06"]);
  assert.deepEqual(await timesOf("day"), ["2026-01-01", "2026-01-02"]);
  assert.deepEqual(await timesOf("month"), ["2026-01"]);
  const later = await ledger.query(ask({ fromMs: START_MS + HOUR_MS, toMs: START_MS + 30 * HOUR_MS }));
  assert.equal(later[0]?.sums.attempts, 1);
});

Deno.test("totals outlive the process, those of old hours in the store alone", async () => {
  const { runtime, state, ledger, again } = await kept();
  for (let hour = 0; hour < 100; hour++) {
    ledger.enter(rowOf({ timeMs: runtime.now(), costNanos: 7 }));
    runtime.advance(HOUR_MS);
    await state.flush();
  }
  const [before] = await ledger.query(ask());
  assert.equal(before?.sums.costNanos, 700);
  const next = again();
  await next.restore();
  next.enter(rowOf({ timeMs: runtime.now(), costNanos: 1 }));
  const [after] = await next.query(ask());
  assert.deepEqual([after?.sums.attempts, after?.sums.costNanos], [101, 701]);
  const days = await next.query(ask({ bucket: "day" }));
  assert.deepEqual(days.map(({ sums }) => sums.attempts), [24, 24, 24, 24, 5]);
});

Deno.test("what is 400 days old is forgotten", async () => {
  const { runtime, state, ledger, again } = await kept();
  ledger.enter(rowOf({ timeMs: runtime.now() }));
  await state.flush();
  runtime.advance(401 * 24 * HOUR_MS);
  const next = again();
  await next.restore();
  assert.deepEqual(await next.query(ask({ toMs: runtime.now() })), []);
});

Deno.test("a clock that is set back adds to the oldest hour in memory, and writes over nothing", async () => {
  const { runtime, state, ledger } = await kept();
  ledger.enter(rowOf({ timeMs: runtime.now() }));
  runtime.advance(60 * HOUR_MS);
  ledger.enter(rowOf({ timeMs: runtime.now() }));
  ledger.enter(rowOf({ timeMs: START_MS }));
  await state.flush();
  const hours = await ledger.query(ask({ bucket: "hour" }));
  assert.equal(hours[0]?.sums.attempts, 1);
  assert.equal(hours.reduce((sum, { sums }) => sum + sums.attempts, 0), 3);
});

Deno.test("names that clients make up neither grow memory nor lose what they cost", async () => {
  const ledger = testLedger(fakeRuntime({ nowMs: START_MS }));
  for (let at = 0; at < 25_000; at++) {
    ledger.enter(rowOf({ timeMs: START_MS, model: `m-${at}`, costNanos: 1 }));
  }
  ledger.enter(rowOf({ timeMs: START_MS, model: "x".repeat(9_000), costNanos: 1 }));
  const byModel = await ledger.query(ask({ by: ["model"] }));
  assert.ok(byModel.length <= 20_001);
  assert.equal(byModel[0]?.place.model, "other");
  assert.equal(byModel.reduce((sum, { sums }) => sum + sums.costNanos, 0), 25_001);
});

Deno.test("an hour with more places than are told apart is read back as it was written", async () => {
  const { state, ledger, again } = await kept();
  for (let at = 0; at < 20_000; at++) {
    ledger.enter(rowOf({ timeMs: START_MS, tenant: at < 10_000 ? "app" : "web", model: `m-${at}` }));
  }
  ledger.enter(rowOf({ timeMs: START_MS, tenant: "app", model: "one-more" }));
  await state.flush();
  const next = again();
  await next.restore();
  const question = ask({ by: ["tenant", "model"] });
  const others = (await next.query(question)).filter(({ place }) => place.model === "other");
  assert.deepEqual(others.map(({ place, sums }) => [place.tenant, sums.attempts]), [["app", 1]]);
  next.enter(rowOf({ timeMs: START_MS, tenant: "web", model: "m-19999" }));
  const [last] = await next.query(ask({ only: { model: "m-19999" } }));
  assert.equal(last?.sums.attempts, 2, "what is told apart goes on where it was");
  const [all] = await next.query(ask());
  assert.equal(all?.sums.attempts, 20_002);
});

Deno.test("what could not be read at the start is read later, and nothing is written over it", async () => {
  const { runtime, fault, state, ledger, again } = await unreadable();
  ledger.enter(rowOf({ timeMs: runtime.now(), costNanos: 1 }));
  await assert.rejects(ledger.query(ask()), /away/, "a total that lacks what is stored is not told");
  await state.flush();
  const meanwhile = again();
  await meanwhile.restore();
  assert.deepEqual(await told(meanwhile), [1, 7], "what is stored stands");
  fault.isAway = false;
  runtime.advance(60_000);
  await settle();
  ledger.enter(rowOf({ timeMs: START_MS, costNanos: 2 }));
  assert.deepEqual(await told(ledger), [3, 10]);
  await state.flush();
  const next = again();
  await next.restore();
  assert.deepEqual(await told(next), [3, 10]);
});

Deno.test("whoever asks, or ends the process, before it is read again has it read then, and added once", async () => {
  const asked = await unreadable();
  asked.ledger.enter(rowOf({ timeMs: START_MS, costNanos: 1 }));
  asked.fault.isAway = false;
  assert.deepEqual(await Promise.all([told(asked.ledger), told(asked.ledger)]), [[2, 8], [2, 8]]);
  const ended = await unreadable();
  ended.ledger.enter(rowOf({ timeMs: START_MS, costNanos: 1 }));
  ended.fault.isAway = false;
  await ended.ledger.close();
  await ended.state.flush();
  const next = ended.again();
  await next.restore();
  assert.deepEqual(await told(next), [2, 8]);
});

Deno.test("a store that stays away keeps nobody from ending", async () => {
  const { runtime, ledger } = await unreadable();
  ledger.enter(rowOf({ timeMs: START_MS }));
  runtime.advance(100 * HOUR_MS);
  ledger.enter(rowOf({ timeMs: runtime.now() }));
  await ledger.close();
});
