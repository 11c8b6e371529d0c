import type { Registered } from "../core/registry.ts";
import type { Runtime } from "../core/runtime.ts";

/** A path of short strings, general to special: `["affinity", "openai", "10.0.0.7"]`. At most 2,000 bytes in all. */
export type StoreKey = readonly string[];

/** One change of {@link Store.apply}. */
export type StoreChange =
  | { readonly key: StoreKey; readonly value: unknown; readonly ttlMs?: number | undefined }
  | { readonly key: StoreKey; readonly delete: true };

/** One live entry of {@link Store.list}. */
export interface StoreEntry {
  readonly key: StoreKey;
  readonly value: unknown;
  /** Wall clock; absent when it is kept for good. */
  readonly expiresAtMs?: number;
}

/** Most changes of one {@link Store.apply}. */
export const MAX_CHANGES = 100;

/**
 * Where state outlives the process. Every call may reject; no request ever waits for one. A key or value that
 * can never be stored rejects with `RangeError`.
 */
export interface Store extends AsyncDisposable {
  /** The value, or undefined when there is none or its time is over. */
  get(key: StoreKey): Promise<unknown>;
  /** Keeps a plain JSON value (at most 60 KB); for `ttlMs` milliseconds when given. */
  set(key: StoreKey, value: unknown, ttlMs?: number): Promise<void>;
  /** Forgets a value; harmless when there is none. */
  delete(key: StoreKey): Promise<void>;
  /** Makes all of at most {@link MAX_CHANGES} changes, or none; together at most 600,000 bytes of values, 80,000 of keys. */
  apply(changes: readonly StoreChange[]): Promise<void>;
  /** Every live entry below `prefix`, in key order. */
  list(prefix: StoreKey): AsyncIterable<StoreEntry>;
}

/** What opening a store needs to know. */
export interface StoreOptions {
  /** The data directory; exists and is writable. */
  readonly dataDir: string;
  readonly runtime: Runtime;
  /** Told once, in one sentence, when something had to be set aside or could not be used. */
  readonly report: (text: string) => void;
}

/** A kind of store. */
export interface StoreKind extends Registered {
  readonly type: string;
  /** Opens it. Rejects when it cannot be used at all; a damaged one is set aside, reported and made anew. */
  open(options: StoreOptions): Promise<Store>;
}
