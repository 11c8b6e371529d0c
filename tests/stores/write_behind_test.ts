import assert from "node:assert/strict";
import { type LogLine, makeLog } from "../../src/core/log.ts";
import { memoryObserver } from "../../src/core/observe.ts";
import { memory } from "../../src/stores/memory.ts";
import type { Store, StoreChange } from "../../src/stores/store.ts";
import { MAX_PENDING_KEYS, WriteBehind } from "../../src/stores/write_behind.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

/** A writer over a memory store whose `apply` is watched and can be made to fail. */
async function makePlace() {
  const runtime = fakeRuntime();
  const inner = await memory.open({ dataDir: "", runtime, report: () => {} });
  const batches: (readonly StoreChange[])[] = [];
  const faults: Error[] = [];
  const gate: { wait: Promise<void> | undefined } = { wait: undefined };
  const store: Store = {
    get: (key) => inner.get(key),
    set: (key, value, ttlMs) => inner.set(key, value, ttlMs),
    delete: (key) => inner.delete(key),
    list: (prefix) => inner.list(prefix),
    async apply(changes) {
      batches.push(changes);
      await gate.wait;
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      await inner.apply(changes);
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  const lines: LogLine[] = [];
  const log = makeLog(() => runtime.now(), (line) => lines.push(line));
  const observer = memoryObserver();
  const writer = new WriteBehind({ store, runtime, log, observer });
  return { runtime, store, batches, faults, gate, lines, observer, writer };
}

/** Lets everything that waits on settled promises run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

const locked = () => new TypeError("database is locked");

Deno.test("changes are written together 500 ms after the first, the last one to a key winning", async () => {
  const { writer, runtime, batches, store } = await makePlace();
  writer.set(["a"], 1);
  writer.set(["b"], 1);
  writer.set(["a"], 2);
  writer.set(["c"], 1);
  writer.delete(["c"]);
  runtime.advance(499);
  await settle();
  assert.equal(batches.length, 0);
  runtime.advance(1);
  await settle();
  assert.deepEqual(batches, [[{ key: ["a"], value: 2 }, { key: ["b"], value: 1 }, {
    key: ["c"],
    delete: true,
  }]]);
  assert.equal(await store.get(["a"]), 2);
  assert.equal(writer.pendingKeys, 0);
  runtime.advance(60_000);
  await settle();
  assert.equal(batches.length, 1, "nothing to write, nothing written");
});

Deno.test("batches hold at most 100 changes", async () => {
  const { writer, batches } = await makePlace();
  for (let index = 0; index < 250; index++) writer.set([`${index}`], index);
  assert.equal(await writer.flush(), true);
  assert.deepEqual(batches.map((batch) => batch.length), [100, 100, 50]);
});

Deno.test("a store that fails is tried again with growing pauses until it works, and callers never notice", async () => {
  const { writer, runtime, faults, batches, store } = await makePlace();
  for (let time = 0; time < 6; time++) faults.push(locked());
  writer.set(["a"], 1);
  const triesAtMs: number[] = [];
  for (let ms = 0; ms < 4_000; ms += 5) {
    const before = batches.length;
    runtime.advance(5);
    await settle();
    if (batches.length > before) triesAtMs.push(ms + 5);
  }
  assert.equal(triesAtMs.length, 7);
  const pauses = triesAtMs.slice(1).map((at, index) => at - (triesAtMs[index] ?? 0));
  for (const [index, pause] of pauses.entries()) {
    const grownMs = 50 * 2 ** index;
    assert.ok(pause >= grownMs / 2 && pause <= grownMs + 5, `pause ${index} took ${pause} ms`);
  }
  assert.equal(await store.get(["a"]), 1);
});

Deno.test("a failing store is mentioned once a minute and counted every time", async () => {
  const { writer, runtime, faults, lines, observer } = await makePlace();
  for (let time = 0; time < 1_000; time++) faults.push(new Error("disk full"));
  writer.set(["a"], 1);
  for (let second = 0; second < 59; second++) {
    runtime.advance(1_000);
    await settle();
  }
  assert.equal(lines.length, 1);
  assert.match(lines[0]?.text ?? "", /disk full.*serving goes on/);
  assert.ok(observer.read("state_write_failures") >= 8);
  for (let second = 0; second < 60; second++) {
    runtime.advance(1_000);
    await settle();
  }
  assert.equal(lines.length, 2);
});

Deno.test("a change made while its key is being written is written too", async () => {
  const { writer, gate, store, runtime } = await makePlace();
  const opened = Promise.withResolvers<void>();
  gate.wait = opened.promise;
  writer.set(["a"], "old");
  const flushed = writer.flush();
  writer.set(["a"], "new");
  opened.resolve();
  gate.wait = undefined;
  assert.equal(await flushed, false);
  assert.equal(await store.get(["a"]), "old");
  runtime.advance(500);
  await settle();
  assert.equal(await store.get(["a"]), "new");
});

Deno.test("what can never be stored is dropped and counted without holding up the rest", async () => {
  const { writer, store, observer, lines } = await makePlace();
  writer.set(["a"], 1);
  writer.set(["b"], "x".repeat(70_000));
  writer.set(["c"], 1);
  assert.equal(await writer.flush(), true);
  assert.equal(await store.get(["a"]), 1);
  assert.equal(await store.get(["c"]), 1);
  assert.equal(observer.read("state_changes_dropped", { reason: "not_storable" }), 1);
  assert.equal(lines.length, 1);
});

Deno.test("waiting keys are bounded: the one waiting longest is dropped and counted", async () => {
  const { writer, observer, store } = await makePlace();
  for (let index = 0; index < MAX_PENDING_KEYS + 3; index++) writer.set(["k", `${index}`], 1);
  assert.equal(writer.pendingKeys, MAX_PENDING_KEYS);
  assert.equal(observer.read("state_changes_dropped", { reason: "queue_full" }), 3);
  writer.set(["k", "5"], 2);
  assert.equal(observer.read("state_changes_dropped", { reason: "queue_full" }), 3);
  await writer.close();
  assert.equal(await store.get(["k", "2"]), undefined);
  assert.equal(await store.get(["k", "3"]), 1);
  assert.equal(await store.get(["k", "5"]), 2);
});

Deno.test("waiting does not lengthen a value's time, and what is over by then is deleted", async () => {
  const { writer, runtime, faults, store, batches } = await makePlace();
  await store.set(["b"], "older");
  faults.push(locked());
  writer.set(["a"], 1, 10_000);
  writer.set(["b"], 1, 501);
  runtime.advance(500);
  await settle();
  runtime.advance(50);
  await settle();
  const [kept, over] = batches.at(-1) ?? [];
  assert.ok(kept && "value" in kept && kept.ttlMs !== undefined);
  assert.ok(kept.ttlMs >= 9_450 && kept.ttlMs <= 9_475, `${kept.ttlMs} ms left`);
  assert.deepEqual(over, { key: ["b"], delete: true });
  assert.equal(await store.get(["b"]), undefined);
});

Deno.test("saving tells whether the store took what waited, whatever comes meanwhile", async () => {
  const { writer, gate, faults, runtime } = await makePlace();
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.wait = promise;
  writer.set(["a"], 1);
  const saved = writer.save();
  writer.set(["late"], 1);
  resolve();
  assert.equal(await saved, true);
  assert.equal(writer.pendingKeys, 1);
  gate.wait = undefined;
  faults.push(locked());
  writer.set(["b"], 1);
  assert.equal(await writer.save(), false);
  runtime.advance(1_000);
  await settle();
  assert.equal(await writer.save(), true);
});

Deno.test("closing writes what waits, and takes nothing more", async () => {
  const { writer, store, runtime, batches } = await makePlace();
  writer.set(["a"], 1);
  await writer.close();
  assert.equal(await store.get(["a"]), 1);
  writer.set(["b"], 1);
  runtime.advance(10_000);
  await settle();
  assert.equal(batches.length, 1);
  assert.equal(await writer.save(), false, "and says so");
});

Deno.test("closing over a store that fails tries a few times, says what is lost, and ends", async () => {
  const { writer, runtime, faults, lines, batches } = await makePlace();
  for (let time = 0; time < 100; time++) faults.push(locked());
  writer.set(["a"], 1);
  writer.set(["b"], 1);
  let closed = false;
  const closing = writer.close().then(() => closed = true);
  for (let turn = 0; turn < 100 && !closed; turn++) {
    runtime.advance(100);
    await settle();
  }
  await closing;
  assert.equal(batches.length, 4);
  assert.match(lines.at(-1)?.text ?? "", /Could not save 2 changes/);
  assert.equal(lines.at(-1)?.level, "error");
});

Deno.test("who saves learns that a change had to give way, or can never be stored", async () => {
  const { writer, store } = await makePlace();
  const before = writer.lostChanges;
  writer.set(["mine"], 1);
  for (let number = 0; number < MAX_PENDING_KEYS; number++) writer.set(["others", `${number}`], number);
  assert.equal(await writer.save(before), false);
  assert.equal(await store.get(["mine"]), undefined);
  assert.equal(await writer.save(), true, "what was lost before is no matter of who comes later");
  const again = writer.lostChanges;
  writer.set(["mine"], "x".repeat(70_000));
  assert.equal(await writer.save(again), false);
});
