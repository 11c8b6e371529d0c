import assert from "node:assert/strict";
import { Secret } from "../../src/core/secret.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { memory } from "../../src/stores/memory.ts";
import { WriteBehind } from "../../src/stores/write_behind.ts";
import { KeyUses } from "../../src/tenants/key_uses.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { silentLog } from "../../src/core/log.ts";

async function open() {
  const runtime = fakeRuntime();
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ store, runtime, log: silentLog, observer: memoryObserver() });
  return { runtime, store, state, uses: new KeyUses({ state, log: silentLog }) };
}

const KEY = { tenant: { name: "web" }, fingerprint: "abc234", learnt: undefined };

Deno.test("a key's use is noted once a minute and outlives the process", async () => {
  const { uses, state, store } = await open();
  uses.note(KEY, { address: "10.0.0.1", nowMs: 100_000 });
  uses.note(KEY, { address: "10.0.0.2", nowMs: 159_999 });
  assert.deepEqual(uses.lastOf("web", "abc234"), { timeMs: 100_000, address: "10.0.0.1" });
  assert.equal(state.pendingKeys, 1);
  uses.note(KEY, { address: "10.0.0.2", nowMs: 160_000 });
  assert.deepEqual(uses.lastOf("web", "abc234"), { timeMs: 160_000, address: "10.0.0.2" });
  assert.equal(await state.flush(), true);
  const after = new KeyUses({ state, log: silentLog });
  await after.restore();
  assert.deepEqual(after.lastOf("web", "abc234"), { timeMs: 160_000, address: "10.0.0.2" });
  assert.equal(after.lastOf("web", "other"), undefined);
  await store[Symbol.asyncDispose]();
});

Deno.test("a clock that was set back does not stop the noting for long", async () => {
  const { uses } = await open();
  uses.note(KEY, { address: "10.0.0.1", nowMs: 9_000_000 });
  uses.note(KEY, { address: "10.0.0.2", nowMs: 1_000_000 });
  assert.equal(uses.lastOf("web", "abc234")?.address, "10.0.0.2");
});

Deno.test("a key known by its hash alone is learnt at its first use, as another object, once", async () => {
  const { uses } = await open();
  const before = uses.learnt;
  const learnt = { ...KEY, learnt: new Secret("sk-tg-learnt-0001") };
  uses.note(learnt, { address: "::1", nowMs: 0 });
  const after = uses.learnt;
  assert.notEqual(after, before);
  uses.note(learnt, { address: "::1", nowMs: 1 });
  assert.equal(uses.learnt, after);
  assert.deepEqual([...after], ["sk-tg-learnt-0001"]);
});

Deno.test("a store that cannot be read costs the past uses and nothing else", async () => {
  const { store, uses } = await open();
  store.list = () => {
    throw new Error("away");
  };
  await uses.restore();
  uses.note(KEY, { address: "::1", nowMs: 0 });
  assert.equal(uses.lastOf("web", "abc234")?.address, "::1");
});
