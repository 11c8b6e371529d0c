import assert from "node:assert/strict";
import { AffinityTable, MAX_ASSIGNMENTS } from "../../src/balancing/affinity.ts";
import type { AffinityPolicy } from "../../src/balancing/affinity_policy.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { type Bench, makeBench } from "./fixtures.ts";

const fixed: AffinityPolicy = { by: "ip", ttlMs: 300_000, sliding: false };
const sliding: AffinityPolicy = { ...fixed, sliding: true };

async function tableOf(bench?: Bench): Promise<Bench & { table: AffinityTable }> {
  const parts = bench ?? await makeBench();
  return { ...parts, table: new AffinityTable(parts) };
}

Deno.test("a caller stays for the policy's time from its first assignment, whatever it does meanwhile", async () => {
  const { table, runtime } = await tableOf();
  table.assign("pool", "10.0.0.7", "a", fixed);
  runtime.advance(299_999);
  assert.equal(table.find("pool", "10.0.0.7"), "a");
  table.assign("pool", "10.0.0.7", "a", fixed);
  runtime.advance(1);
  assert.equal(table.find("pool", "10.0.0.7"), undefined);
});

Deno.test("under a sliding policy every use starts the time anew", async () => {
  const { table, runtime } = await tableOf();
  for (let use = 0; use < 5; use++) {
    table.assign("pool", "10.0.0.7", "a", sliding);
    runtime.advance(299_999);
    assert.equal(table.find("pool", "10.0.0.7"), "a");
  }
  runtime.advance(1);
  assert.equal(table.find("pool", "10.0.0.7"), undefined);
});

Deno.test("a caller that had to move stays with its new endpoint, for a new time", async () => {
  const { table, runtime } = await tableOf();
  table.assign("pool", "10.0.0.7", "a", fixed);
  runtime.advance(200_000);
  table.assign("pool", "10.0.0.7", "b", fixed);
  runtime.advance(299_999);
  assert.equal(table.find("pool", "10.0.0.7"), "b");
});

Deno.test("scopes and callers are kept apart", async () => {
  const { table } = await tableOf();
  table.assign("pool", "10.0.0.7", "a", fixed);
  table.assign("route", "10.0.0.7", "b", fixed);
  assert.equal(table.find("pool", "10.0.0.7"), "a");
  assert.equal(table.find("route", "10.0.0.7"), "b");
  assert.equal(table.find("pool", "10.0.0.8"), undefined);
});

Deno.test("the table is bounded: the caller seen longest ago makes room", async () => {
  const { table } = await tableOf();
  table.assign("pool", "first", "a", fixed);
  table.assign("pool", "second", "a", fixed);
  for (let index = 2; index < MAX_ASSIGNMENTS; index++) table.assign("pool", `${index}`, "a", fixed);
  assert.equal(table.find("pool", "first"), "a");
  table.assign("pool", "one too many", "a", fixed);
  assert.equal(table.find("pool", "first"), "a");
  assert.equal(table.find("pool", "second"), undefined);
});

Deno.test("assignments outlive a restart with the time that is left", async () => {
  const before = await tableOf();
  before.table.assign("pool", "10.0.0.7", "a", fixed);
  before.table.assign("pool", "::1", "b", fixed);
  before.runtime.advance(100_000);
  await before.state.close();
  const runtime = fakeRuntime({ nowMs: before.runtime.now() });
  const after = await tableOf(await makeBench({ runtime, store: before.store }));
  await after.table.restore();
  assert.equal(after.table.find("pool", "::1"), "b");
  runtime.advance(199_999);
  assert.equal(after.table.find("pool", "10.0.0.7"), "a");
  runtime.advance(1);
  assert.equal(after.table.find("pool", "10.0.0.7"), undefined);
});

Deno.test("what is restored is bounded to 24 h, over or malformed entries are left out, newer ones stay", async () => {
  const { table, store, runtime } = await tableOf();
  const until = (ms: number) => ({ endpoint: "old", untilMs: runtime.now() + ms });
  await store.set(["v1", "affinity", "pool", "long"], until(1e12));
  await store.set(["v1", "affinity", "pool", "over"], until(-1));
  await store.set(["v1", "affinity", "pool", "newer"], until(1e12));
  for (const [index, value] of [null, 1, {}, { endpoint: 1, untilMs: 1 }, { endpoint: "a" }].entries()) {
    await store.set(["v1", "affinity", "pool", `bad${index}`], value);
  }
  table.assign("pool", "newer", "new", fixed);
  await table.restore();
  assert.equal(table.find("pool", "newer"), "new");
  assert.equal(table.find("pool", "over"), undefined);
  assert.equal(table.find("pool", "bad3"), undefined);
  runtime.advance(24 * 3_600_000 - 1);
  assert.equal(table.find("pool", "long"), "old");
  runtime.advance(1);
  assert.equal(table.find("pool", "long"), undefined);
});

Deno.test("a store that fails costs a line in the log and nothing else", async () => {
  const { table, store, lines } = await tableOf();
  await store[Symbol.asyncDispose]();
  await table.restore();
  table.assign("pool", "10.0.0.7", "a", fixed);
  assert.equal(table.find("pool", "10.0.0.7"), "a");
  assert.match(lines[0]?.text ?? "", /Could not restore affinity/);
});
