import assert from "node:assert/strict";
import fc from "fast-check";
import { registryOf } from "../../src/core/registry.ts";
import { MAX_VALUE_BYTES } from "../../src/stores/entry.ts";
import * as storeModule from "../../src/stores/mod.ts";
import {
  MAX_CHANGES,
  type Store,
  type StoreEntry,
  type StoreKey,
  type StoreKind,
} from "../../src/stores/store.ts";
import { type FakeRuntime, fakeRuntime } from "../support/fake_runtime.ts";

const kinds = registryOf<StoreKind>(storeModule).all;

interface Place {
  readonly store: Store;
  readonly runtime: FakeRuntime;
  readonly reports: string[];
}

/** Gives a test a fresh store of the kind and cleans up after it. */
async function withStore(kind: StoreKind, test: (place: Place) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    const runtime = fakeRuntime();
    const reports: string[] = [];
    await using store = await kind.open({ dataDir, runtime, report: (text) => reports.push(text) });
    await test({ store, runtime, reports });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function listed(store: Store, prefix: StoreKey): Promise<StoreEntry[]> {
  return await Array.fromAsync(store.list(prefix));
}

for (const kind of kinds) {
  Deno.test(`${kind.type}: is registered under its file's name`, async () => {
    assert.ok((await Deno.stat(new URL(`../../src/stores/${kind.type}.ts`, import.meta.url))).isFile);
  });

  Deno.test(`${kind.type}: a fresh store is empty and has nothing to report`, () =>
    withStore(kind, async ({ store, reports }) => {
      assert.equal(await store.get(["a"]), undefined);
      assert.deepEqual(await listed(store, []), []);
      await store.delete(["a"]);
      assert.deepEqual(reports, []);
    }));

  Deno.test(`${kind.type}: gives back any JSON value, as a copy`, () =>
    withStore(kind, async ({ store }) => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), async (value) => {
          // -0 has no JSON spelling of its own.
          const plain: unknown = JSON.parse(JSON.stringify(value));
          await store.set(["k"], value);
          assert.deepEqual(await store.get(["k"]), plain);
        }),
        { numRuns: 50, seed: 2 },
      );
      const mine = { list: [1] };
      await store.set(["k"], mine);
      mine.list.push(2);
      assert.deepEqual(await store.get(["k"]), { list: [1] });
    }));

  Deno.test(`${kind.type}: a later write replaces value and time`, () =>
    withStore(kind, async ({ store, runtime }) => {
      await store.set(["k"], 1, 1_000);
      await store.set(["k"], 2);
      runtime.advance(5_000);
      assert.equal(await store.get(["k"]), 2);
      await store.delete(["k"]);
      assert.equal(await store.get(["k"]), undefined);
    }));

  Deno.test(`${kind.type}: a value is over to the millisecond, for get and list alike`, () =>
    withStore(kind, async ({ store, runtime }) => {
      await store.set(["a", "1"], "short", 1_000);
      await store.set(["a", "2"], "long", 2_000);
      const untilMs = runtime.now() + 2_000;
      runtime.advance(999);
      assert.equal(await store.get(["a", "1"]), "short");
      assert.equal((await listed(store, ["a"])).length, 2);
      runtime.advance(1);
      assert.equal(await store.get(["a", "1"]), undefined);
      assert.deepEqual(await listed(store, ["a"]), [{
        key: ["a", "2"],
        value: "long",
        expiresAtMs: untilMs,
      }]);
    }));

  Deno.test(`${kind.type}: lists what is below the prefix, in key order, and nothing else`, () =>
    withStore(kind, async ({ store }) => {
      const keys = [["a"], ["a", "b"], ["a", "b", "c"], ["a", "ü"], ["a", "z"], ["a", "\u{1F600}"], ["ab"], [
        "b",
        "a",
      ]];
      for (const key of keys.toReversed()) await store.set(key, key.join("/"));
      const below = (await listed(store, ["a"])).map(({ key }) => key);
      assert.deepEqual(below, [["a", "b"], ["a", "b", "c"], ["a", "z"], ["a", "ü"], ["a", "\u{1F600}"]]);
      assert.equal((await listed(store, [])).length, keys.length);
      assert.deepEqual(await listed(store, ["none"]), []);
    }));

  Deno.test(`${kind.type}: changes are made all together or not at all`, () =>
    withStore(kind, async ({ store }) => {
      await store.set(["gone"], 1);
      await store.apply([{ key: ["a"], value: 1 }, { key: ["gone"], delete: true }]);
      assert.deepEqual((await listed(store, [])).map(({ key }) => key), [["a"]]);
      const broken = [{ key: ["b"], value: 1 }, { key: ["c"], value: "x".repeat(MAX_VALUE_BYTES) }];
      await assert.rejects(store.apply(broken), RangeError);
      const many = Array.from({ length: MAX_CHANGES + 1 }, (_, index) => ({ key: [`${index}`], value: 1 }));
      await assert.rejects(store.apply(many), RangeError);
      assert.deepEqual((await listed(store, [])).map(({ key }) => key), [["a"]]);
      await store.apply([]);
    }));

  Deno.test(`${kind.type}: takes the largest allowed, and refuses more with RangeError`, () =>
    withStore(kind, async ({ store }) => {
      const largest = "x".repeat(MAX_VALUE_BYTES - 2);
      await store.set(["k"], largest);
      assert.equal(await store.get(["k"]), largest);
      const wide = "€".repeat(20_000);
      await store.set(["k"], wide);
      assert.equal(await store.get(["k"]), wide);
      await assert.rejects(store.set(["k"], largest + "x"), RangeError);
      await assert.rejects(store.set(["k"], undefined), RangeError);
      await store.set(["y".repeat(1_998)], 1);
      await store.set(["\0".repeat(999)], 1);
      assert.equal(await store.get(["\0".repeat(999)]), 1);
      await assert.rejects(store.set(["y".repeat(1_999)], 1), RangeError);
      await assert.rejects(store.set([], 1), RangeError);
      const full = Array.from({ length: MAX_CHANGES }, (_, index) => ({
        key: [`${index}`.padStart(790, "k")],
        value: "x".repeat(5_960),
      }));
      await store.apply(full);
      const over = full.map(({ key }) => ({ key, value: "x".repeat(6_000) }));
      await assert.rejects(store.apply(over), RangeError);
    }));

  Deno.test(`${kind.type}: every call on a closed store rejects`, () =>
    withStore(kind, async ({ store }) => {
      await store.set(["k"], 1);
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await assert.rejects(store.get(["k"]));
      await assert.rejects(store.set(["k"], 1));
      await assert.rejects(store.delete(["k"]));
      await assert.rejects(store.apply([{ key: ["k"], value: 1 }]));
      await assert.rejects(listed(store, []));
    }));
}
