import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { findByte } from "../../../src/core/bytes/find_byte.ts";
import { findBytes, findLastBytes } from "../../../src/core/bytes/find_bytes.ts";

const bytes = (min: number, max: number) =>
  fc.array(fc.constantFrom(0x22, 0x61, 0x62), { minLength: min, maxLength: max }).map((of) =>
    Uint8Array.from(of)
  );

Deno.test("bytes are found where the platform's own search finds them, first and last", () => {
  fc.assert(fc.property(bytes(0, 40), bytes(2, 4), fc.nat(45), (text, wanted, from) => {
    const buffer = Buffer.from(text);
    assert.equal(findBytes(text, wanted, from), from > text.length ? -1 : buffer.indexOf(wanted, from));
    assert.equal(findLastBytes(text, wanted), buffer.lastIndexOf(wanted));
    const before = findLastBytes(text, wanted, from);
    assert.equal(before, from === 0 ? -1 : buffer.lastIndexOf(wanted, from - 1));
  }));
});

Deno.test("one byte is found in Buffers and in plain bytes alike", () => {
  for (const text of [Buffer.from("abcb"), new TextEncoder().encode("abcb")]) {
    assert.deepEqual([0, 2, 4].map((from) => findByte(text, 0x62, from)), [1, 3, -1]);
  }
});
