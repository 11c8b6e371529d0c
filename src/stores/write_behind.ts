import type { Log } from "../core/log.ts";
import type { Observer } from "../core/observe.ts";
import { type Runtime, sleep, type Timer } from "../core/runtime.ts";
import { MAX_CHANGES, type Store, type StoreChange, type StoreKey } from "./store.ts";

/** Most keys waiting to be written; beyond, the one waiting longest is dropped: state is rebuilt by traffic, memory is not. */
export const MAX_PENDING_KEYS = 50_000;

/** Time between a change and its writing: what a kill can lose, and how much is joined into one commit. */
const FLUSH_INTERVAL_MS = 500;

/** Wait after a failed write; doubles up to the cap. Short at first: a locked database is free again within milliseconds. */
const RETRY_MS = 50;
const RETRY_CAP_MS = 30_000;

/** How often a store that fails is mentioned. */
const REPORT_INTERVAL_MS = 60_000;

/** Tries that `close` gives each batch before it lets go. */
const CLOSE_TRIES = 4;

/** What {@link WriteBehind} needs. */
export interface WriteBehindParts {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
}

/** A change waiting; its end is fixed when it is made, so that waiting does not lengthen it. */
type Pending =
  | { readonly key: StoreKey; readonly value: unknown; readonly expiresAtMs: number | undefined }
  | { readonly key: StoreKey; readonly delete: true };

/**
 * Writes state to a store off the request path: `set` and `delete` return at once and never throw, the last
 * write to a key wins, and a store that fails is tried again for as long as there is something to write.
 */
export class WriteBehind {
  /** Where it writes; for reading back at boot. */
  readonly store: Store;
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #observer: Observer;
  readonly #pending = new Map<string, Pending>();
  readonly #names = new WeakMap<StoreKey, string>();
  #timer: Timer | undefined;
  #writing: Promise<boolean> | undefined;
  #failuresInRow = 0;
  #lostChanges = 0;
  #reportedMs = -Infinity;
  #closed = false;

  constructor({ store, runtime, log, observer }: WriteBehindParts) {
    this.store = store;
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#observer = observer;
  }

  /** Keeps a plain JSON value, for `ttlMs` from now when given. The value must not be changed afterwards. */
  set(key: StoreKey, value: unknown, ttlMs?: number): void {
    const expiresAtMs = ttlMs === undefined ? undefined : this.#runtime.now() + ttlMs;
    this.#add({ key, value, expiresAtMs });
  }

  /** Forgets a value. */
  delete(key: StoreKey): void {
    this.#add({ key, delete: true });
  }

  /** Keys waiting to be written. */
  get pendingKeys(): number {
    return this.#pending.size;
  }

  /** Changes that were dropped so far: they gave way to others, or can never be stored. */
  get lostChanges(): number {
    return this.#lostChanges;
  }

  /** True from a failed write to the next that works. */
  get failing(): boolean {
    return this.#failuresInRow > 0;
  }

  /** Writes what waits now, once; resolves to whether nothing is left. Never rejects. */
  async flush(): Promise<boolean> {
    // One writer at a time: a second would write the same batch again.
    while (this.#writing !== undefined) await this.#writing;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writeAll();
    const done = await this.#writing;
    this.#writing = undefined;
    if (!this.#closed && this.#pending.size > 0) this.#schedule(this.#waitMs());
    return done;
  }

  /**
   * Writes what waits now, once; resolves to whether the store took all of it, whatever came meanwhile; to false once
   * closed, because what came since is lost, and where changes were dropped since `lostBefore`: whoever must know of its
   * own changes gives what {@link lostChanges} was when they began. Never rejects.
   */
  async save(lostBefore = this.#lostChanges): Promise<boolean> {
    await this.flush();
    return this.#failuresInRow === 0 && !this.#closed && this.#lostChanges === lostBefore;
  }

  /** Writes what waits, trying a few times, and takes nothing more. Never rejects; the store stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    for (let tries = 1; !await this.flush(); tries++) {
      if (tries >= CLOSE_TRIES) {
        this.#log.error(
          `Could not save ${this.#pending.size} changes of state before the end: they are lost`,
        );
        break;
      }
      await sleep(this.#runtime, this.#waitMs());
    }
    this.#pending.clear();
  }

  #add(change: Pending): void {
    if (this.#closed) return;
    const name = this.#nameOf(change.key);
    if (this.#pending.size >= MAX_PENDING_KEYS && !this.#pending.has(name)) {
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest);
        break;
      }
      this.#lost("queue_full");
    }
    this.#pending.set(name, change);
    if (this.#timer === undefined && this.#writing === undefined) this.#schedule(FLUSH_INTERVAL_MS);
  }

  /** Whoever writes the same place often keeps its key. */
  #nameOf(key: StoreKey): string {
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, name = JSON.stringify(key));
    return name;
  }

  #schedule(delayMs: number): void {
    this.#timer ??= this.#runtime.after(delayMs, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  #waitMs(): number {
    if (this.#failuresInRow === 0) return FLUSH_INTERVAL_MS;
    const grownMs = Math.min(RETRY_CAP_MS, RETRY_MS * 2 ** (this.#failuresInRow - 1));
    // Half of it by chance, so that several processes on one file do not meet again and again.
    return grownMs * (0.5 + this.#runtime.random() / 2);
  }

  /** Writes every key that waits at the start; false at the first batch that fails. */
  async #writeAll(): Promise<boolean> {
    const all = [...this.#pending];
    for (let at = 0; at < all.length; at += MAX_CHANGES) {
      if (!await this.#writeBatch(all.slice(at, at + MAX_CHANGES))) return false;
    }
    return this.#pending.size === 0;
  }

  async #writeBatch(batch: readonly (readonly [string, Pending])[]): Promise<boolean> {
    try {
      await this.store.apply(batch.map(([, change]) => this.#changeNow(change)));
    } catch (error) {
      if (error instanceof RangeError) return await this.#writeSingly(batch);
      this.#failed(error);
      return false;
    }
    this.#failuresInRow = 0;
    for (const [name, change] of batch) this.#settled(name, change);
    return true;
  }

  /** One change that can never be stored must not hold up the others of its batch. */
  async #writeSingly(batch: readonly (readonly [string, Pending])[]): Promise<boolean> {
    for (const [name, change] of batch) {
      try {
        await this.store.apply([this.#changeNow(change)]);
      } catch (error) {
        if (!(error instanceof RangeError)) {
          this.#failed(error);
          return false;
        }
        this.#lost("not_storable");
        this.#report(`State could not be saved and was dropped: ${error.message}`);
      }
      this.#settled(name, change);
    }
    this.#failuresInRow = 0;
    return true;
  }

  #changeNow(change: Pending): StoreChange {
    if ("delete" in change) return change;
    if (change.expiresAtMs === undefined) return { key: change.key, value: change.value };
    const ttlMs = change.expiresAtMs - this.#runtime.now();
    return ttlMs <= 0 ? { key: change.key, delete: true } : { key: change.key, value: change.value, ttlMs };
  }

  /** Forgets a written change, unless a newer one took its place meanwhile. */
  #settled(name: string, change: Pending): void {
    if (this.#pending.get(name) === change) this.#pending.delete(name);
  }

  #lost(reason: "queue_full" | "not_storable"): void {
    this.#lostChanges++;
    this.#observer.count("state_changes_dropped", { reason });
  }

  #failed(error: unknown): void {
    this.#failuresInRow++;
    this.#observer.count("state_write_failures");
    const reason = error instanceof Error ? error.message : "unknown error";
    this.#report(
      `State could not be saved (${reason}); serving goes on, ${this.#pending.size} changes wait for another try`,
    );
  }

  #report(text: string): void {
    const nowMs = this.#runtime.monotonic();
    if (nowMs - this.#reportedMs < REPORT_INTERVAL_MS) return;
    this.#reportedMs = nowMs;
    this.#log.warn(text);
  }
}
