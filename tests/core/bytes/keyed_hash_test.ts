import assert from "node:assert/strict";
import { KeyedHash, SEED_BYTES } from "../../../src/core/bytes/keyed_hash.ts";

const seedOf = (byte: number) => new Uint8Array(SEED_BYTES).fill(byte);
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function valueOf(bytes: Uint8Array, seed = seedOf(1)): number {
  const hash = new KeyedHash(seed);
  hash.bytes(viewOf(bytes), 0, bytes.length);
  return hash.value;
}

/** Reproducible bytes. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 24);
}

Deno.test("a hash is a whole number below 2^53, the same for the same bytes wherever they lie", () => {
  const bytes = bytesOf(1_000);
  const moved = new Uint8Array(1_003);
  moved.set(bytes, 3);
  const value = valueOf(bytes);
  assert.ok(Number.isSafeInteger(value) && value >= 0);
  assert.equal(valueOf(moved.subarray(3)), value);
});

Deno.test("every single bit of the bytes and of the seed makes another hash", () => {
  const bytes = bytesOf(75);
  const seen = new Set([valueOf(bytes)]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    seen.add(valueOf(changed));
  }
  assert.equal(seen.size, 1 + bytes.length * 8);
  const seeded = new Set([valueOf(bytes)]);
  for (let bit = 0; bit < SEED_BYTES * 8; bit++) {
    const seed = seedOf(1);
    seed[bit >> 3] = (seed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    seeded.add(valueOf(bytes, seed));
  }
  assert.equal(seeded.size, 1 + SEED_BYTES * 8);
});

Deno.test("hashes of counted texts fill 256 drawers evenly, by their highest and their lowest bits", () => {
  const high = new Array<number>(256).fill(0);
  const low = new Array<number>(256).fill(0);
  for (let index = 0; index < 25_600; index++) {
    const hash = new KeyedHash(seedOf(7));
    hash.text(`conversation ${index}`);
    const { value } = hash;
    const top = Math.floor(value / 2 ** 45);
    const bottom = value % 256;
    high[top] = (high[top] ?? 0) + 1;
    low[bottom] = (low[bottom] ?? 0) + 1;
  }
  // Chi-squared with 255 degrees of freedom stays below 400 with a chance of all but 1 in 10^8.
  for (const drawers of [high, low]) {
    assert.ok(drawers.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0) < 400);
  }
});

Deno.test("a fork goes on from where it was made and leaves the other as it was", () => {
  const hash = new KeyedHash(seedOf(1));
  hash.text("opening");
  const before = hash.value;
  const fork = hash.fork();
  assert.equal(fork.value, before);
  fork.text("more");
  assert.notEqual(fork.value, before);
  assert.equal(hash.value, before);
});

Deno.test("texts are kept apart by their lengths", () => {
  const valueOfTexts = (...texts: string[]) => {
    const hash = new KeyedHash(seedOf(1));
    for (const text of texts) hash.text(text);
    return hash.value;
  };
  const values = [
    valueOfTexts("ab", "c"),
    valueOfTexts("a", "bc"),
    valueOfTexts("abc"),
    valueOfTexts("abc", ""),
  ];
  assert.equal(new Set(values).size, 4);
});
