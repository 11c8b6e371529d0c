import assert from "node:assert/strict";
import { HealthBoard } from "../../../src/balancing/health.ts";
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";
import { KeyBook } from "../../../src/operations/keys/key_book.ts";
import { KeyDesk } from "../../../src/operations/keys/key_desk.ts";
import { openMasterKeys } from "../../../src/operations/keys/master/master_key_file.ts";
import { Slice } from "../../../src/recording/slice.ts";
import { memory } from "../../../src/stores/mod.ts";
import { WriteBehind } from "../../../src/stores/write_behind.ts";
import { loadText } from "../../config/load_text.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const MASTER = "a-master-key-of-more-than-32-characters";

/** A desk of the pool `p`; `put`: how often the keys of the book were put in force, and how many there were. */
async function openDesk() {
  const runtime = fakeRuntime();
  const parts = { runtime, log: silentLog, observer: memoryObserver() };
  const store = await memory.open({ dataDir: "", runtime, report: () => {} });
  const state = new WriteBehind({ ...parts, store });
  const env = (name: string) => name === "TIDEGATE_MASTER_KEY" ? MASTER : undefined;
  const master = await openMasterKeys({ dataDir: "", env, runtime });
  const slice = () => new Slice(runtime, () => Promise.resolve());
  const book = new KeyBook({ ...parts, state, master, slice });
  const { config } = loadText(
    `{ "pools": [{ "name": "p", "provider": "openai", "keys": ["sk-of-the-file-0001"] }] }`,
  );
  const put: number[] = [];
  const unused = () => assert.fail("no test of keys is made here");
  const desk = new KeyDesk({
    ...{ runtime, book, slice, identity: new EndpointIdentity(new Uint8Array(32)) },
    health: new HealthBoard({ ...parts, state }),
    tools: { runtime, caller: { startCall: unused }, providerOf: unused },
    config: () => config,
    generation: unused,
    refresh: () => Promise.resolve(void put.push(book.size)),
  });
  return { ...{ desk, book, state, store, put } };
}

/** Imports so many keys. */
async function importKeys(desk: KeyDesk, count: number) {
  const text = Array.from({ length: count }, (_, at) => `sk-of-the-store-${at}\n`).join("");
  const stream = ReadableStream.from([new TextEncoder().encode(text)]);
  return await desk.import("p", { upstream: undefined, format: "text", dryRun: false, stream });
}

const ALL = { all: true } as const; // the literal that a selection has

Deno.test("of two changes of a key at the same time none is lost", async () => {
  const { desk, book } = await openDesk();
  await importKeys(desk, 1);
  await Promise.all([desk.change("p", ALL, { weight: 7 }), desk.change("p", ALL, { note: "both" })]);
  const [key] = book.of("p").values();
  assert.deepEqual([key?.fields.weight, key?.fields.note], [7, "both"]);
  assert.deepEqual([key?.config?.weight, key?.config?.note], [7, "both"]);
});

Deno.test("a key that is deleted while it is changed stays deleted, and is not counted as changed", async () => {
  const { desk, book, store } = await openDesk();
  await importKeys(desk, 2);
  const [removed, changed] = await Promise.all([
    desk.remove("p", ALL),
    desk.change("p", ALL, { enabled: false }),
  ]);
  assert.deepEqual([removed.changed, changed.changed, book.size], [2, 0, 0]);
  assert.deepEqual(await Array.fromAsync(store.list(["v1", "keys"])), []);
});

Deno.test("a key that was imported anew since it was found is deleted from the store too", async () => {
  const { desk, book, store } = await openDesk();
  await importKeys(desk, 1);
  const [before] = book.of("p").values();
  assert.ok(before !== undefined);
  book.remove(before);
  await importKeys(desk, 1);
  book.remove(before);
  await book.save();
  assert.deepEqual([book.size, await Array.fromAsync(store.list(["v1", "keys"]))], [0, []]);
});

Deno.test("an import that the store has no room for puts in force what it added, and adds nothing that it does not count", async () => {
  const { desk, book, state, store, put } = await openDesk();
  const { apply } = store;
  store.apply = () => Promise.reject(new Error("away"));
  // Room for the first keys, and for none after them.
  for (let at = 0; at < 20_000; at++) state.set(["v1", "other", `${at}`], at);
  const refused = { code: "overloaded" };
  await assert.rejects(importKeys(desk, 1_000), refused);
  assert.deepEqual([book.size, put], [200, [200]]);
  await assert.rejects(importKeys(desk, 1_000), refused);
  assert.deepEqual([book.size, put], [200, [200]], "no room, no key, nothing to put in force");
  store.apply = apply;
  const { added, duplicate, saved } = await importKeys(desk, 1_000);
  assert.deepEqual({ added, duplicate, saved }, { added: 800, duplicate: 200, saved: true });
});
