import { MAX_CHANGES, type StoreChange, type StoreKey } from "./store.ts";

/** Largest value, as UTF-8 JSON; Deno KV refuses 64 KiB and more, expiry included. */
export const MAX_VALUE_BYTES = 60 * 1024;

/** Largest key, all parts together; Deno KV refuses more than 2,048 encoded bytes. */
export const MAX_KEY_BYTES = 2_000;

/** Largest sums of one `apply`; Deno KV refuses commits over 819,200 bytes, in which keys count twice, and over 81,920 bytes of keys. */
const MAX_APPLY_KEY_BYTES = 80_000;
const MAX_APPLY_VALUE_BYTES = 600_000;

/** Bytes that Deno KV's key encoding adds to every part: a tag before and an end after. */
const PART_OVERHEAD_BYTES = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A stored value with its end. */
export interface Entry {
  readonly value: unknown;
  /** Wall clock; undefined: kept for good. */
  readonly expiresAtMs: number | undefined;
}

/** Size of a key; throws `RangeError` for one that no store takes. */
export function checkKey(key: StoreKey): number {
  let sizeBytes = 0;
  for (const part of key) {
    sizeBytes += partBytes(part) + PART_OVERHEAD_BYTES;
  }
  if (key.length === 0) throw new RangeError("Cannot store under an empty key: give at least one part");
  if (sizeBytes > MAX_KEY_BYTES) {
    throw new RangeError(
      `Cannot store under a key of ${sizeBytes} bytes: at most ${MAX_KEY_BYTES} are allowed`,
    );
  }
  return sizeBytes;
}

function partBytes(part: string): number {
  if (PLAIN_PART.test(part)) return part.length;
  // A NUL is escaped to two bytes in the encoding.
  return encoder.encode(part).length + part.split("\0").length - 1;
}

/** Characters that are a byte each. */
const PLAIN_PART = /^[\x20-\x7e]*$/;

/** A change as bytes; `bytes` undefined: delete. */
export interface EncodedChange {
  readonly key: StoreKey;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly ttlMs: number | undefined;
}

/** Encodes the changes of one `apply`; throws `RangeError` when one of them, or all together, are too large. */
export function encodeChanges(changes: readonly StoreChange[], nowMs: number): EncodedChange[] {
  if (changes.length > MAX_CHANGES) {
    throw new RangeError(
      `Cannot apply ${changes.length} changes at once: at most ${MAX_CHANGES} are allowed`,
    );
  }
  let keyBytes = 0;
  let valueBytes = 0;
  const encoded = changes.map((change): EncodedChange => {
    keyBytes += checkKey(change.key);
    if ("delete" in change) return { key: change.key, bytes: undefined, ttlMs: undefined };
    const expiresAtMs = change.ttlMs === undefined ? undefined : nowMs + change.ttlMs;
    const bytes = encodeEntry({ value: change.value, expiresAtMs });
    valueBytes += bytes.length;
    return { key: change.key, bytes, ttlMs: change.ttlMs };
  });
  if (keyBytes > MAX_APPLY_KEY_BYTES || valueBytes > MAX_APPLY_VALUE_BYTES) {
    throw new RangeError(
      `Cannot apply changes of ${keyBytes + valueBytes} bytes at once: ` +
        `at most ${MAX_APPLY_KEY_BYTES} of keys and ${MAX_APPLY_VALUE_BYTES} of values are allowed`,
    );
  }
  return encoded;
}

/**
 * The bytes every store keeps: JSON text of value and end. Text and not a clone, so that size and meaning are
 * the same in every store. Throws `RangeError` for a value that is too large or is not JSON.
 */
export function encodeEntry({ value, expiresAtMs }: Entry): Uint8Array<ArrayBuffer> {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new RangeError(`Cannot store a ${typeof value}: only JSON values are kept`);
  const before = `{"expiresAtMs":${expiresAtMs ?? null},"value":`;
  const bytes = encoder.encode(`${before}${text}}`);
  const sizeBytes = bytes.length - before.length - 1;
  if (sizeBytes > MAX_VALUE_BYTES) {
    throw new RangeError(
      `Cannot store a value of ${sizeBytes} bytes: at most ${MAX_VALUE_BYTES} are allowed`,
    );
  }
  return bytes;
}

/** Reads what {@link encodeEntry} made; undefined for anything else. */
export function decodeEntry(bytes: unknown): Entry | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    const read: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof read !== "object" || read === null || !("value" in read) || !("expiresAtMs" in read)) {
      return undefined;
    }
    const expiresAtMs = typeof read.expiresAtMs === "number" ? read.expiresAtMs : undefined;
    return { value: read.value, expiresAtMs };
  } catch {
    return undefined;
  }
}

/** Whether an entry's time is over. Compared on every read: a store's own expiry is only garbage collection. */
export function isOver(entry: Entry, nowMs: number): boolean {
  return entry.expiresAtMs !== undefined && nowMs >= entry.expiresAtMs;
}
