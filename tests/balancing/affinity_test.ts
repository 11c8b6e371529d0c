import assert from "node:assert/strict";
import { AffinityTable, MAX_ASSIGNMENTS } from "../../src/balancing/affinity.ts";
import type { AssignmentTerms } from "../../src/balancing/affinity_policy.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { type Bench, makeBench } from "./fixtures.ts";

const fixed: AssignmentTerms = { ttlMs: 300_000, sliding: false, lasting: true };
const sliding: AssignmentTerms = { ...fixed, sliding: true };
const passing: AssignmentTerms = { ...sliding, lasting: false };

/** One caller, and another. */
const CALLER = [7];
const OTHER = [8];

async function tableOf(bench?: Bench): Promise<Bench & { table: AffinityTable }> {
  const parts = bench ?? await makeBench();
  return { ...parts, table: new AffinityTable(parts) };
}

Deno.test("a caller stays for the policy's time from its first assignment, whatever it does meanwhile", async () => {
  const { table, runtime } = await tableOf();
  table.assign(CALLER, "a", fixed);
  runtime.advance(299_999);
  assert.equal(table.find(CALLER, fixed), "a");
  table.assign(CALLER, "a", fixed);
  runtime.advance(1);
  assert.equal(table.find(CALLER, fixed), undefined);
});

Deno.test("under a sliding policy every use starts the time anew", async () => {
  const { table, runtime } = await tableOf();
  for (let use = 0; use < 5; use++) {
    table.assign(CALLER, "a", sliding);
    runtime.advance(299_999);
    assert.equal(table.find(CALLER, sliding), "a");
  }
  runtime.advance(1);
  assert.equal(table.find(CALLER, sliding), undefined);
});

Deno.test("a caller that had to move stays with its new endpoint, for a new time", async () => {
  const { table, runtime } = await tableOf();
  table.assign(CALLER, "a", fixed);
  runtime.advance(200_000);
  table.assign(CALLER, "b", fixed);
  runtime.advance(299_999);
  assert.equal(table.find(CALLER, fixed), "b");
});

Deno.test("callers are kept apart, and so is what lasts from what passes", async () => {
  const { table } = await tableOf();
  table.assign(CALLER, "a", fixed);
  table.assign(OTHER, "b", fixed);
  assert.equal(table.find(CALLER, fixed), "a");
  assert.equal(table.find(OTHER, fixed), "b");
  assert.equal(table.find([9], fixed), undefined);
  assert.equal(table.find(CALLER, passing), undefined);
});

Deno.test("of a chain the longest part that is known decides", async () => {
  const { table } = await tableOf();
  table.assign([1, 2, 3], "a", passing);
  table.assign([1, 2, 3, 4, 5], "b", passing);
  assert.equal(table.find([1, 2, 3, 4, 5, 6, 7], passing), "b");
  assert.equal(table.find([1, 2, 3, 40], passing), "a");
  assert.equal(table.find([1, 20], passing), "b");
  assert.equal(table.find([10, 2, 30], passing), undefined);
  assert.equal(table.find([], passing), undefined);
});

Deno.test("what passes is not saved", async () => {
  const { table, state, store } = await tableOf();
  table.assign([1, 2], "a", passing);
  await state.close();
  for await (const { key } of store.list(["v1", "affinity"])) assert.fail(`saved ${key.join(" ")}`);
});

Deno.test("the table is bounded: the caller seen longest ago makes room", async () => {
  const { table } = await tableOf();
  for (let key = 0; key < MAX_ASSIGNMENTS; key++) table.assign([key], "a", fixed);
  table.assign([0], "a", fixed);
  table.assign([MAX_ASSIGNMENTS], "a", fixed);
  assert.equal(table.find([0], fixed), "a");
  assert.equal(table.find([1], fixed), undefined);
});

Deno.test("assignments outlive a restart with the time that is left", async () => {
  const before = await tableOf();
  before.table.assign(CALLER, "a", fixed);
  before.table.assign(OTHER, "b", fixed);
  before.runtime.advance(100_000);
  await before.state.close();
  const runtime = fakeRuntime({ nowMs: before.runtime.now() });
  const after = await tableOf(await makeBench({ runtime, store: before.store }));
  await after.table.restore();
  assert.equal(after.table.find(OTHER, fixed), "b");
  runtime.advance(199_999);
  assert.equal(after.table.find(CALLER, fixed), "a");
  runtime.advance(1);
  assert.equal(after.table.find(CALLER, fixed), undefined);
});

Deno.test("what is restored is bounded to 24 h, over or malformed entries are left out, newer ones stay", async () => {
  const { table, store, runtime } = await tableOf();
  const until = (ms: number) => ({ endpoint: "old", untilMs: runtime.now() + ms });
  const [long, over, newer] = [100, 101, 102];
  await store.set(["v1", "affinity", long.toString(36)], until(1e12));
  await store.set(["v1", "affinity", over.toString(36)], until(-1));
  await store.set(["v1", "affinity", newer.toString(36)], until(1e12));
  // Keys of another layout.
  await store.set(["v1", "affinity", "pool", "10.0.0.7"], until(1e12));
  await store.set(["v1", "affinity", "-1"], until(1e12));
  for (const [index, value] of [null, 1, {}, { endpoint: 1, untilMs: 1 }, { endpoint: "a" }].entries()) {
    await store.set(["v1", "affinity", index.toString(36)], value);
  }
  table.assign([newer], "new", fixed);
  await table.restore();
  assert.equal(table.find([newer], fixed), "new");
  assert.equal(table.find([over], fixed), undefined);
  for (const none of [0, 1, 2, 3, 4, -1]) assert.equal(table.find([none], fixed), undefined);
  runtime.advance(24 * 3_600_000 - 1);
  assert.equal(table.find([long], fixed), "old");
  runtime.advance(1);
  assert.equal(table.find([long], fixed), undefined);
});

Deno.test("a store that fails costs a line in the log and nothing else", async () => {
  const { table, store, lines } = await tableOf();
  await store[Symbol.asyncDispose]();
  await table.restore();
  table.assign(CALLER, "a", fixed);
  assert.equal(table.find(CALLER, fixed), "a");
  assert.match(lines[0]?.text ?? "", /Could not restore affinity/);
});
