import { GatewayError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Runtime } from "../../core/runtime.ts";
import { Secret } from "../../core/secret.ts";
import type { Slice } from "../../recording/slice.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { KeySaver } from "./key_saver.ts";
import type { MasterKeys } from "./master/master_key_file.ts";
import {
  fingerprintOf,
  keyConfig,
  type KeyFields,
  ownerOf,
  readStored,
  type RuntimeKey,
  STORE_PREFIX,
} from "./stored_key.ts";

/** Most keys made at run time, over all pools. */
export const MAX_RUNTIME_KEYS = 200_000;

/** Keys that are sealed or opened at the same time. So many are added all together or not at all. */
export const KEY_BATCH = 200;

/** Fingerprints that one log line names. */
const MAX_NAMED = 20;

/** What a {@link KeyBook} needs. */
export interface KeyBookParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly state: WriteBehind;
  readonly master: MasterKeys;
  /** A new {@link Slice} for each long work. */
  readonly slice: () => Slice;
}

/** A key about to be added. */
export interface NewKey {
  readonly id: string;
  readonly secret: Secret;
  readonly upstream: string | undefined;
  readonly fields: KeyFields;
}

/** What became of a change of the master key. */
export interface Rotation {
  /** Keys that were sealed anew. */
  readonly resealed: number;
  /** Nothing needs the old master key any more, and it is gone. */
  readonly done: boolean;
}

/**
 * The upstream keys that were made at run time: in memory to serve from, in the store under the master key. It
 * changes nothing that is in force: whoever changes it has the next generation built.
 */
export class KeyBook {
  readonly #parts: KeyBookParts;
  readonly #log: Log;
  readonly #saver: KeySaver;
  readonly #pools = new Map<string, Map<string, RuntimeKey>>();
  #size = 0;
  /** Whether all that the store has was read: what was not may be sealed under the old master key. */
  #isWhole = true;
  #changing: Promise<Rotation> | undefined;

  constructor(parts: KeyBookParts) {
    this.#parts = parts;
    this.#log = parts.log.channel("state");
    this.#saver = new KeySaver(parts.state);
  }

  /** All keys. */
  get size(): number {
    return this.#size;
  }

  /** Pools that have any. */
  get pools(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** A pool's keys by id, in the order they were added or restored in. */
  of(pool: string): ReadonlyMap<string, RuntimeKey> {
    return this.#pools.get(pool) ?? NONE;
  }

  /** Keys that no master key at hand opens. */
  unreadable(): RuntimeKey[] {
    return [...this.#all()].filter(({ config }) => config === undefined);
  }

  /** Brings back what the store has, and ends a change of the master key that was begun. Never rejects: what cannot be read is told and stays as it is. */
  async restore(): Promise<void> {
    const slice = this.#parts.slice();
    let waiting: RuntimeKey[] = [];
    try {
      for await (const { key, value } of this.#parts.state.store.list(STORE_PREFIX)) {
        const [, , pool, place] = key;
        const read = pool === undefined || place === undefined ? undefined : readStored(pool, place, value);
        if (read === undefined) {
          this.#log.warn("A stored upstream key has a form that this version does not know; it stays unused");
          continue;
        }
        waiting.push(read);
        if (waiting.length >= KEY_BATCH) {
          await this.#open(waiting);
          waiting = [];
          await slice.rest();
        }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#isWhole = false;
      this.#log.error(`Not all upstream keys of the store could be read (${reason}): those are not used`);
    }
    await this.#open(waiting);
    this.#tellRestored();
    if (this.#parts.master.isChanging) await this.#endChangeBegun();
  }

  async #endChangeBegun(): Promise<void> {
    try {
      await this.#changeOnce(() => this.#reseal());
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.error(`The change of the master key could not be ended: both keys stay. ${reason}`);
    }
  }

  async #open(keys: readonly RuntimeKey[]): Promise<void> {
    const { ring } = this.#parts.master;
    const opened = await Promise.all(keys.map(async (key): Promise<RuntimeKey> => {
      const text = await ring.open(key.sealed, ownerOf(key.pool, key.id));
      return text === undefined ? key : { ...key, config: keyConfig(new Secret(text), key.fields) };
    }));
    for (const key of opened) this.#put(key);
  }

  #tellRestored(): void {
    const unreadable = this.unreadable();
    if (this.#size > 0) {
      this.#log.info(`Restored ${this.#size - unreadable.length} upstream keys of the store`);
    }
    if (unreadable.length === 0) return;
    this.#log.error(
      `${unreadable.length} upstream keys of the store cannot be read: they were sealed under another master key. ` +
        "Start with that one, or delete and import them anew",
      { keys: unreadable.slice(0, MAX_NAMED).map(({ id, pool }) => `${pool}/${fingerprintOf(id)}`) },
    );
  }

  /** Adds keys of a pool, sealed; those of known ids take the old ones' place. Resolves when they are in the book and on their way to the store; rejects with `GatewayError` `overloaded` when that takes no more: of at most {@link KEY_BATCH} keys none is in the book then. */
  async add(pool: string, keys: readonly NewKey[]): Promise<void> {
    const { master: { ring }, runtime } = this.#parts;
    const addedMs = runtime.now();
    for (let at = 0; at < keys.length; at += KEY_BATCH) {
      // Asked before they are added: what is refused is not in the book.
      if (this.#saver.isCrowded && !await this.#saver.flush()) {
        throw new GatewayError(
          "overloaded",
          "The store does not take so many keys now. Those that were added serve; send the others again later.",
        );
      }
      let added = await Promise.all(
        keys.slice(at, at + KEY_BATCH).map(async ({ id, secret, upstream, fields }): Promise<RuntimeKey> => ({
          ...{ id, pool, upstream, fields, addedMs },
          place: this.of(pool).get(id)?.place ?? runtime.newId(),
          sealed: await ring.seal(secret.reveal(), ownerOf(pool, id)),
          config: keyConfig(secret, fields),
        })),
      );
      // The master key may have changed meanwhile, and a change ends without what is not in the book.
      while (added.some((key) => this.#isOld(key))) added = await this.#sealedAnew(added);
      for (const key of added) this.#save(key);
    }
  }

  /** Says other things of a key, as it stands now: all that is not given stays. False: there is none. */
  change({ pool, id }: Pick<RuntimeKey, "pool" | "id">, given: Partial<KeyFields>): boolean {
    const now = this.of(pool).get(id);
    if (now === undefined) return false;
    const fields = { ...now.fields, ...given };
    this.#save({ ...now, fields, config: now.config && keyConfig(now.config.secret, fields) });
    return true;
  }

  /** Forgets a key, wherever it lies now. False: there is none. */
  remove({ pool, id }: Pick<RuntimeKey, "pool" | "id">): boolean {
    const ofPool = this.#pools.get(pool);
    const now = ofPool?.get(id);
    if (ofPool === undefined || now === undefined) return false;
    ofPool.delete(id);
    this.#size--;
    if (ofPool.size === 0) this.#pools.delete(pool);
    this.#saver.delete(pool, now.place);
    return true;
  }

  /** Writes what waits for the store now; resolves to whether that has all keys as they are in the book. Never rejects. */
  save(): Promise<boolean> {
    return this.#saver.saveAll(() => this.#all(), this.#parts.slice());
  }

  /**
   * Makes a new master key, seals all keys anew under it, and ends the change once the store has all of them.
   * Resolves to how many were sealed, and whether the change is over: never where not all of the store could be
   * read. While a change goes on, also one that {@link restore} ends, callers share it. Rejects with
   * `MasterKeyError` where the key is not in a file, or the file cannot be written or replaced.
   */
  rotate(): Promise<Rotation> {
    return this.#changeOnce(async () => {
      await this.#parts.master.beginChange();
      return await this.#reseal();
    });
  }

  /** One change at a time: a second one would write its next key over that of the first. */
  #changeOnce(change: () => Promise<Rotation>): Promise<Rotation> {
    return this.#changing ??= change().finally(() => void (this.#changing = undefined));
  }

  async #reseal(): Promise<Rotation> {
    const { master } = this.#parts;
    const resealed = await this.#resealOld();
    const done = await this.save() && this.#isWhole && this.#old().length === 0;
    if (done) await master.endChange();
    else this.#log.warn("Not all upstream keys of the store are under the new master key: both keys stay");
    return { resealed, done };
  }

  /** Seals anew until no key is old, or the store takes no more; resolves to how many were sealed. */
  async #resealOld(): Promise<number> {
    const slice = this.#parts.slice();
    let resealed = 0;
    for (let old = this.#old(); old.length > 0; old = this.#old()) {
      for (let at = 0; at < old.length; at += KEY_BATCH) {
        for (const { pool, id, sealed } of await this.#sealedAnew(old.slice(at, at + KEY_BATCH))) {
          // It may have been changed or removed meanwhile.
          const now = this.of(pool).get(id);
          if (now === undefined || !this.#isOld(now)) continue;
          this.#save({ ...now, sealed });
          resealed++;
        }
        if (this.#saver.isCrowded && !await this.#saver.flush()) return resealed;
        await slice.rest();
      }
    }
    return resealed;
  }

  /** Whether it can be read, and was sealed by a master key of before. */
  #isOld({ config, sealed }: RuntimeKey): boolean {
    return config !== undefined && !this.#parts.master.ring.isCurrent(sealed);
  }

  #old(): RuntimeKey[] {
    return [...this.#all()].filter((key) => this.#isOld(key));
  }

  /** The keys, those that are old under the master key that seals now. */
  async #sealedAnew(keys: readonly RuntimeKey[]): Promise<RuntimeKey[]> {
    return await Promise.all(keys.map(async (key) => {
      if (key.config === undefined || !this.#isOld(key)) return key;
      const { pool, id, config: { secret } } = key;
      return { ...key, sealed: await this.#parts.master.ring.seal(secret.reveal(), ownerOf(pool, id)) };
    }));
  }

  #save(key: RuntimeKey): void {
    this.#put(key);
    this.#saver.set(key);
  }

  #put(key: RuntimeKey): void {
    let ofPool = this.#pools.get(key.pool);
    if (ofPool === undefined) this.#pools.set(key.pool, ofPool = new Map());
    const before = ofPool.get(key.id);
    if (before === undefined) this.#size++;
    // Two calls may have added it at the same time: one place is enough.
    else if (before.place !== key.place) this.#saver.delete(key.pool, before.place);
    ofPool.set(key.id, key);
  }

  *#all(): Iterable<RuntimeKey> {
    for (const keys of this.#pools.values()) yield* keys.values();
  }
}

const NONE: ReadonlyMap<string, RuntimeKey> = new Map();
