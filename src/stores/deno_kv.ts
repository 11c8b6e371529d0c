import type { Runtime } from "../core/runtime.ts";
import { damageOf, isDamage, setAside } from "./damaged_file.ts";
import { checkKey, decodeEntry, encodeChanges, isOver } from "./entry.ts";
import type { Store, StoreChange, StoreEntry, StoreKey, StoreKind, StoreOptions } from "./store.ts";

/** Name of the file in the data directory. */
const FILE_NAME = "tidegate.kv";

/** Shape of keys and values below. Grows when an older program would misread what a newer one wrote. */
const SCHEMA_VERSION = 1;

/** Where the version lies; its value is a bare number, which no entry is, so that listing passes it by. */
const SCHEMA_KEY = ["tidegate", "schema"];

/** Longest one call may take: a disk that hangs must not hold up the start or the end. */
const CALL_DEADLINE_MS = 5_000;

/** Entries read in one go while listing. */
const LIST_BATCH = 500;

/** Embedded Deno KV: one SQLite file in the data directory. */
export const denoKv: StoreKind = {
  type: "deno_kv",
  async open(options) {
    if (Deno.openKv === undefined) {
      throw new Error("Cannot use Deno KV: it is switched off; start Deno with --unstable-kv");
    }
    const path = `${options.dataDir}/${FILE_NAME}`;
    const why = await openChecked(path, options);
    if (typeof why !== "string") return why;
    const aside = await setAside(path, options.runtime.now());
    options.report(`The state file ${path} ${why}; it was renamed to ${aside} and a new one was begun`);
    const store = await openChecked(path, options);
    if (typeof store === "string") throw new Error(`Cannot use Deno KV: a new file at ${path} ${store}`);
    return store;
  },
};

/** Opens it; a string says what is wrong with a file that must be set aside. Rejects when KV cannot be used there at all. */
async function openChecked(path: string, { runtime }: StoreOptions): Promise<Store | string> {
  if (await isDirectory(path)) return "is a directory";
  let kv: Deno.Kv | undefined;
  try {
    await createPrivate(path);
    const damage = damageOf(path);
    if (damage !== undefined) return damage;
    kv = await Deno.openKv(path);
    const store = new DenoKvStore(kv, runtime);
    const version = await store.claim();
    if (version <= SCHEMA_VERSION) return store;
    kv.close();
    return `was written by a newer version of Tidegate (schema ${version}, known is ${SCHEMA_VERSION})`;
  } catch (error) {
    kv?.close();
    if (isDamage(error)) return `is damaged (${error.message})`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot use Deno KV at ${path}: ${reason}. It needs a local disk that this process may write to`,
      { cause: error },
    );
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

/** Makes an empty file that only its owner may read, if there is none; SQLite gives its side files the same mode. */
async function createPrivate(path: string): Promise<void> {
  (await Deno.open(path, { create: true, append: true, mode: 0o600 })).close();
}

class DenoKvStore implements Store {
  readonly #kv: Deno.Kv;
  readonly #runtime: Runtime;
  #closed = false;

  constructor(kv: Deno.Kv, runtime: Runtime) {
    this.#kv = kv;
    this.#runtime = runtime;
  }

  /** Reads the schema version and, unless it is newer than ours, writes ours: this also shows that the file takes writes. Resolves to the version found. */
  async claim(): Promise<number> {
    const found = await this.#within(this.#kv.get(SCHEMA_KEY));
    const version = typeof found.value === "number" ? found.value : SCHEMA_VERSION;
    if (version <= SCHEMA_VERSION) await this.#within(this.#kv.set(SCHEMA_KEY, SCHEMA_VERSION));
    return version;
  }

  async get(key: StoreKey): Promise<unknown> {
    checkKey(key);
    const entry = decodeEntry((await this.#within(this.#kv.get([...key]))).value);
    return entry === undefined || isOver(entry, this.#runtime.now()) ? undefined : entry.value;
  }

  async set(key: StoreKey, value: unknown, ttlMs?: number): Promise<void> {
    await this.apply([{ key, value, ttlMs }]);
  }

  async delete(key: StoreKey): Promise<void> {
    await this.apply([{ key, delete: true }]);
  }

  async apply(changes: readonly StoreChange[]): Promise<void> {
    const atomic = this.#kv.atomic();
    for (const { key, bytes, ttlMs } of encodeChanges(changes, this.#runtime.now())) {
      if (bytes === undefined) atomic.delete([...key]);
      else {atomic.set(
          [...key],
          bytes,
          ttlMs === undefined ? {} : { expireIn: Math.max(0, Math.ceil(ttlMs)) },
        );}
    }
    await this.#within(atomic.commit());
  }

  async *list(prefix: StoreKey): AsyncGenerator<StoreEntry> {
    const entries = this.#kv.list({ prefix: [...prefix] }, { batchSize: LIST_BATCH });
    for (;;) {
      const next = await this.#within(entries.next());
      if (next.done) return;
      const entry = decodeEntry(next.value.value);
      if (entry === undefined || isOver(entry, this.#runtime.now())) continue;
      const { value, expiresAtMs } = entry;
      yield {
        key: next.value.key.map(String),
        value,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
    if (this.#closed) return;
    this.#closed = true;
    this.#kv.close();
  }

  /** The call's result; rejects when it takes longer than {@link CALL_DEADLINE_MS}. */
  async #within<T>(call: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = this.#runtime.after(
      CALL_DEADLINE_MS,
      () => reject(new Error(`Deno KV gave no answer within ${CALL_DEADLINE_MS / 1_000} s`)),
    );
    try {
      return await Promise.race([call, late]);
    } finally {
      timer.cancel();
    }
  }
}
