import type { Registered } from "../core/registry.ts";
import type { Runtime } from "../core/runtime.ts";

/** A path of short strings, general to special: `["affinity", "openai", "10.0.0.7"]`. At most 2,000 bytes in all. */
export type StoreKey = readonly string[];

/** Where state outlives the process. Every call may reject; no request ever waits for one. */
export interface Store extends AsyncDisposable {
  /** The value, or undefined when there is none or its time is over. */
  get(key: StoreKey): Promise<unknown>;
  /** Keeps a plain JSON value (at most 60 KB); for `ttlMs` milliseconds when given. */
  set(key: StoreKey, value: unknown, ttlMs?: number): Promise<void>;
  /** Forgets a value; harmless when there is none. */
  delete(key: StoreKey): Promise<void>;
  /** Every live entry below `prefix`, in key order. */
  list(prefix: StoreKey): AsyncIterable<{ key: StoreKey; value: unknown; expiresAtMs?: number }>;
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
