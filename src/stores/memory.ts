import { checkKey, decodeEntry, encodeChanges, isOver } from "./entry.ts";
import type { Store, StoreChange, StoreKey, StoreKind } from "./store.ts";

/** Most entries kept; the one written longest ago makes room. */
const MAX_ENTRIES = 200_000;

/** Keeps state in this process alone; what a restart forgets. */
export const memory: StoreKind = {
  type: "memory",
  open: ({ runtime }) => Promise.resolve(memoryStore(() => runtime.now())),
};

function memoryStore(now: () => number): Store {
  const entries = new Map<string, { readonly key: StoreKey; readonly bytes: Uint8Array }>();
  let closed = false;

  const live = (name: string) => {
    const held = entries.get(name);
    const entry = decodeEntry(held?.bytes);
    if (held === undefined || entry === undefined) return undefined;
    if (!isOver(entry, now())) return { key: held.key, ...entry };
    entries.delete(name);
    return undefined;
  };
  const apply = (changes: readonly StoreChange[]) => {
    if (closed) throw new Error("Cannot use the memory store: it is closed");
    for (const { key, bytes } of encodeChanges(changes, now())) {
      const name = JSON.stringify(key);
      // Deleted first, so that the order of the map is the order of writing.
      entries.delete(name);
      if (bytes !== undefined) entries.set(name, { key: [...key], bytes });
    }
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES) break;
      entries.delete(oldest);
    }
  };

  return {
    async get(key) {
      await Promise.resolve();
      if (closed) throw new Error("Cannot use the memory store: it is closed");
      checkKey(key);
      return live(JSON.stringify(key))?.value;
    },
    async set(key, value, ttlMs) {
      await Promise.resolve();
      apply([{ key, value, ttlMs }]);
    },
    async delete(key) {
      await Promise.resolve();
      apply([{ key, delete: true }]);
    },
    async apply(changes) {
      await Promise.resolve();
      apply(changes);
    },
    async *list(prefix) {
      await Promise.resolve();
      if (closed) throw new Error("Cannot use the memory store: it is closed");
      const below = [...entries].filter(([, { key }]) => isBelow(key, prefix));
      below.sort(([, one], [, other]) => compareKeys(one.key, other.key));
      for (const [name] of below) {
        const entry = live(name);
        if (entry === undefined) continue;
        const { key, value, expiresAtMs } = entry;
        yield { key, value, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      closed = true;
      entries.clear();
    },
  };
}

function isBelow(key: StoreKey, prefix: StoreKey): boolean {
  return key.length > prefix.length && prefix.every((part, index) => key[index] === part);
}

const encoder = new TextEncoder();

/** Orders as Deno KV does: part by part, by their UTF-8 bytes; a shorter key before its extensions. */
function compareKeys(one: StoreKey, other: StoreKey): number {
  for (let part = 0; part < one.length && part < other.length; part++) {
    const left = encoder.encode(one[part]);
    const right = encoder.encode(other[part]);
    for (let at = 0; at < left.length && at < right.length; at++) {
      const difference = (left[at] ?? 0) - (right[at] ?? 0);
      if (difference !== 0) return difference;
    }
    if (left.length !== right.length) return left.length - right.length;
  }
  return one.length - other.length;
}
