import type { Slice } from "../../recording/slice.ts";
import type { StoreKey } from "../../stores/store.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { type RuntimeKey, STORE_PREFIX, storedValue } from "./stored_key.ts";

/** Changes that may wait for the store before more are made. */
const MAX_WAITING = 20_000;

/** Brings keys to the store, and knows whether it has them. */
export class KeySaver {
  readonly #state: WriteBehind;
  /** Removals that the store may not have yet. */
  #removed: StoreKey[] = [];
  /** Changes lost of which nothing is to be done any more; all others may have been ours. */
  #lostBefore: number;

  constructor(state: WriteBehind) {
    this.#state = state;
    this.#lostBefore = state.lostChanges;
  }

  /** Writes a key behind. */
  set(key: RuntimeKey): void {
    this.#state.set([...STORE_PREFIX, key.pool, key.place], storedValue(key));
  }

  /** Removes what lies in a place behind. */
  delete(pool: string, place: string): void {
    const key = [...STORE_PREFIX, pool, place];
    this.#removed.push(key);
    this.#state.delete(key);
  }

  /** So much waits that it should be saved before there is more. */
  get isCrowded(): boolean {
    return this.#state.pendingKeys > MAX_WAITING;
  }

  /** Writes what waits now; whether the store took it. Says nothing of what was lost before: {@link saveAll} does. */
  async flush(): Promise<boolean> {
    return await this.#state.save();
  }

  /**
   * Writes what waits now; resolves to whether the store has every key as it is in `keys`, and nothing that was
   * removed. Where changes were lost, all keys are written again, since nobody knows whose they were. `keys` tells
   * them one by one, each as it is at that moment.
   */
  async saveAll(keys: () => Iterable<RuntimeKey>, slice: Slice): Promise<boolean> {
    // What is written again must not crowd others out in its turn.
    if (!await this.#state.save()) return false;
    const { lostChanges } = this.#state;
    const removed = this.#removed.length;
    if (lostChanges !== this.#lostBefore && !await this.#writeAgain(keys, slice)) return false;
    if (!await this.#state.save(lostChanges)) return false;
    this.#lostBefore = lostChanges;
    this.#removed = this.#removed.slice(removed);
    return true;
  }

  async #writeAgain(keys: () => Iterable<RuntimeKey>, slice: Slice): Promise<boolean> {
    for (const key of this.#removed) {
      this.#state.delete(key);
      if (!await this.#makeRoom(slice)) return false;
    }
    // Each as it is when its turn comes: what changes meanwhile is not written over.
    for (const key of keys()) {
      this.set(key);
      if (!await this.#makeRoom(slice)) return false;
    }
    return true;
  }

  async #makeRoom(slice: Slice): Promise<boolean> {
    if (this.isCrowded && !await this.#state.save()) return false;
    await slice.rest();
    return true;
  }
}
