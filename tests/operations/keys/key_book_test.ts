import assert from "node:assert/strict";
import { join } from "node:path";
import { systemRuntime } from "../../../src/core/time/system_runtime.ts";
import { Secret } from "../../../src/core/secret.ts";
import { KeyBook, type NewKey } from "../../../src/operations/keys/key_book.ts";
import { openMasterKeys } from "../../../src/operations/keys/master/master_key_file.ts";
import { keyFields } from "../../../src/operations/keys/stored_key.ts";
import { Slice } from "../../../src/recording/slice.ts";
import { memory } from "../../../src/stores/mod.ts";
import type { Store } from "../../../src/stores/store.ts";
import { MAX_PENDING_KEYS, WriteBehind } from "../../../src/stores/write_behind.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { type Log, makeLog, silentLog } from "../../../src/core/log.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

const runtime = systemRuntime();

/** What the environment says. */
type Env = Readonly<Record<string, string>>;

/** A book over `store` with the master keys of `dataDir` or `env`, not restored. */
async function newBook(dataDir: string, store: Store, env: Env = {}, log: Log = silentLog) {
  const master = await openMasterKeys({ dataDir, env: (name) => env[name], runtime });
  // Writes only when told to: its timers stand still.
  const state = new WriteBehind({
    store,
    runtime: fakeRuntime(),
    log,
    observer: memoryObserver(),
  });
  const slice = () => new Slice(runtime, () => Promise.resolve());
  const book = new KeyBook({ runtime, log, state, master, slice });
  return { book, master, state };
}

/** The same, restored. */
async function openBook(dataDir: string, store: Store, env?: Env) {
  const opened = await newBook(dataDir, store, env);
  await opened.book.restore();
  return opened;
}

/** A folder and a store, both gone afterwards. */
async function withStore(work: (dataDir: string, store: Store) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  try {
    await using store = await memory.open({ dataDir, runtime, report: () => {} });
    await work(dataDir, store);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

function newKeys(...texts: readonly string[]): NewKey[] {
  return texts.map((text) => ({
    ...{ id: `id-of-${text}`, secret: new Secret(text), upstream: undefined },
    fields: keyFields.parse({}),
  }));
}

/** The same store, whose list breaks off after so many entries. */
function brokenAfter(store: Store, entries: number): Store {
  return {
    get: (key) => store.get(key),
    set: (key, value, ttlMs) => store.set(key, value, ttlMs),
    delete: (key) => store.delete(key),
    apply: (changes) => store.apply(changes),
    async *list(prefix) {
      let told = 0;
      for await (const entry of store.list(prefix)) {
        if (told++ >= entries) throw new Error("the store is away");
        yield entry;
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("keys that could not be read at a restart stay readable: the old master key is kept until all are sealed anew", async () => {
  await withStore(async (dataDir, store) => {
    const first = await openBook(dataDir, store);
    await first.book.add("p", newKeys("sk-first-0001", "sk-second-0002"));
    await first.master.beginChange();
    await first.state.close();

    const halfRead = await openBook(dataDir, brokenAfter(store, 1));
    assert.equal(halfRead.book.size, 1);
    await halfRead.state.close();

    const whole = await openBook(dataDir, store);
    assert.deepEqual(whole.book.unreadable(), []);
    assert.equal(whole.book.size, 2);
    assert.equal(whole.master.isChanging, false, "and now the change is over");
    await whole.state.close();
  });
});

Deno.test("keys that are being added while the master key changes can be read after a restart", async () => {
  await withStore(async (dataDir, store) => {
    const { book, master, state } = await openBook(dataDir, store);
    const { promise: changed, resolve: goOn } = Promise.withResolvers<void>();
    const seal = master.ring.seal.bind(master.ring);
    master.ring.seal = async (text, owner) => {
      const sealed = await seal(text, owner);
      await changed;
      return sealed;
    };
    const adding = book.add("p", newKeys("sk-late-0001"));
    assert.equal((await book.rotate()).done, true);
    goOn();
    await adding;
    await state.close();

    const later = await openBook(dataDir, store);
    assert.deepEqual([later.book.size, later.book.unreadable()], [1, []]);
    await later.state.close();
  });
});

Deno.test("the old master key stays while the store has not taken all keys anew, also where it fails in between", async () => {
  await withStore(async (dataDir, store) => {
    let failures = 0;
    const failing: Store = {
      ...brokenAfter(store, Infinity),
      apply: (changes) => failures-- > 0 ? Promise.reject(new Error("away")) : store.apply(changes),
    };
    const { book, master, state } = await openBook(dataDir, failing);
    const texts = Array.from({ length: 201 }, (_, at) => `sk-one-of-many-${at}`);
    await book.add("p", newKeys(...texts));
    await state.save();
    // So many changes wait that the store must take some before more are sealed.
    for (let at = 0; at < 20_000; at++) state.set(["v1", "other", `${at}`], at);
    failures = 1;
    const broken = await book.rotate();
    assert.deepEqual([broken, master.isChanging], [{ resealed: 200, done: false }, true]);
    assert.deepEqual(await book.rotate(), { resealed: 1, done: true });
    await state.close();

    const later = await openBook(dataDir, store);
    assert.deepEqual([later.book.size, later.book.unreadable()], [201, []]);
    await later.state.close();
  });
});

Deno.test("a master key that is to be changed twice at once is changed once, and both callers are told the same", async () => {
  await withStore(async (dataDir, store) => {
    const { book, master, state } = await openBook(dataDir, store);
    await book.add("p", newKeys("sk-first-0001", "sk-second-0002"));
    const [first, second] = await Promise.all([book.rotate(), book.rotate()]);
    assert.deepEqual([first, second], [{ resealed: 2, done: true }, { resealed: 2, done: true }]);
    assert.deepEqual([master.secrets().length, master.isChanging], [1, false]);
    assert.deepEqual(await book.rotate(), { resealed: 2, done: true }, "a later one is one of its own");
    await state.close();

    const later = await openBook(dataDir, store);
    assert.deepEqual([later.book.size, later.book.unreadable()], [2, []]);
    await later.state.close();
  });
});

Deno.test("a master key that is to be changed while a start still ends the last change is not changed twice", async () => {
  await withStore(async (dataDir, store) => {
    const first = await openBook(dataDir, store);
    await first.book.add("p", newKeys("sk-first-0001"));
    await first.master.beginChange();
    await first.state.close();

    const { book, master, state } = await newBook(dataDir, store);
    let rotating: Promise<unknown> | undefined;
    const seal = master.ring.seal.bind(master.ring);
    master.ring.seal = async (text, owner) => {
      const sealed = await seal(text, owner);
      rotating ??= book.rotate();
      return sealed;
    };
    await book.restore();
    assert.deepEqual(await rotating, { resealed: 1, done: true });
    await state.close();

    const later = await openBook(dataDir, store);
    assert.deepEqual([later.book.unreadable(), later.master.isChanging], [[], false]);
    await later.state.close();
  });
});

Deno.test("a start with another master key file and the key before it seals all keys anew", async () => {
  await withStore(async (dataDir, store) => {
    const file = join(dataDir, "elsewhere");
    await Deno.writeTextFile(file, "a-master-key-of-more-than-32-characters");
    const first = await openBook(dataDir, store);
    await first.book.add("p", newKeys("sk-first-0001"));
    await first.state.close();

    const before = { TIDEGATE_MASTER_KEY_BEFORE: `file:${first.master.path}` };
    const both = await openBook(dataDir, store, { TIDEGATE_MASTER_KEY: `file:${file}`, ...before });
    assert.equal(both.master.isChanging, false, "the change is over");
    await both.state.close();

    const alone = await openBook(dataDir, store, { TIDEGATE_MASTER_KEY: `file:${file}` });
    assert.deepEqual([alone.book.size, alone.book.unreadable()], [1, []]);
    await alone.state.close();
  });
});

Deno.test("the old master key stays where the process ends while keys are sealed anew", async () => {
  await withStore(async (dataDir, store) => {
    const { book, master, state } = await openBook(dataDir, store);
    await book.add("p", newKeys("sk-first-0001"));
    await state.save();
    const seal = master.ring.seal.bind(master.ring);
    master.ring.seal = async (text, owner) => {
      await state.close();
      return await seal(text, owner);
    };
    assert.equal((await book.rotate()).done, false);

    const later = await openBook(dataDir, store);
    assert.deepEqual([later.book.unreadable(), later.master.isChanging], [[], false]);
    await later.state.close();
  });
});

Deno.test("what gave way to other changes is written again before it is said to be saved, removals too", async () => {
  await withStore(async (dataDir, store) => {
    const { book, state } = await openBook(dataDir, store);
    await book.add("p", newKeys("sk-one-0000", "sk-two-0000"));
    assert.equal(await book.save(), true);
    await book.add("p", newKeys("sk-three-00"));
    assert.equal(book.remove({ pool: "p", id: "id-of-sk-two-0000" }), true);
    for (let number = 0; number < MAX_PENDING_KEYS; number++) state.set(["others", `${number}`], number);
    assert.equal(await book.save(), true);
    const { book: later } = await openBook(dataDir, store);
    assert.deepEqual([...later.of("p").keys()].sort(), ["id-of-sk-one-0000", "id-of-sk-three-00"]);
  });
});

Deno.test("the old master key is not let go while the store has not got a key that was sealed anew", async () => {
  await withStore(async (dataDir, store) => {
    const { book, state } = await openBook(dataDir, store);
    await book.add("p", newKeys("sk-one-0000"));
    assert.equal(await book.save(), true);
    const { apply } = store;
    let crowded = false;
    store.apply = (changes) => {
      if (crowded) return apply.call(store, changes);
      crowded = true;
      return Promise.reject(new Error("away"));
    };
    assert.equal((await book.rotate()).done, false);
    for (let number = 0; number < MAX_PENDING_KEYS; number++) state.set(["others", `${number}`], number);
    assert.equal((await book.rotate()).done, true);
    const { book: later } = await openBook(dataDir, store);
    assert.equal(later.of("p").get("id-of-sk-one-0000")?.config?.secret.reveal(), "sk-one-0000");
  });
});

Deno.test("a new master key file that cannot take the old one's place keeps nobody from serving, and is told", async () => {
  await withStore(async (dataDir, store) => {
    const { book, master, state } = await openBook(dataDir, store);
    await book.add("p", newKeys("sk-one-0000"));
    assert.equal(await state.save(), true);
    await master.beginChange();
    const lines: string[] = [];
    const log = makeLog(() => 0, ({ level, text }) => void lines.push(`${level}: ${text}`));
    const opened = await newBook(dataDir, store, {}, log);
    // A folder in its place: a file cannot be renamed over it.
    await Deno.remove(join(dataDir, "master.key"));
    await Deno.mkdir(join(dataDir, "master.key", "in-the-way"), { recursive: true });
    await opened.book.restore();
    assert.equal(opened.book.of("p").get("id-of-sk-one-0000")?.config?.secret.reveal(), "sk-one-0000");
    assert.match(lines.join("\n"), /error: .*master key file '[^']*' cannot be replaced/);
  });
});
