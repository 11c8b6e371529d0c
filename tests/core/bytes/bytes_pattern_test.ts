import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { findByte } from "../../../src/core/bytes/find_byte.ts";
import { BytesPattern, MAX_PATTERN_BYTES } from "../../../src/core/bytes/bytes_pattern.ts";

const bytes = (min: number, max: number) =>
  fc.array(fc.constantFrom(0x22, 0x61, 0x62), { minLength: min, maxLength: max }).map((of) =>
    Uint8Array.from(of)
  );

Deno.test("bytes are found where the platform's own search finds them, first and last", () => {
  fc.assert(fc.property(bytes(0, 40), bytes(1, 5), fc.nat(45), (text, wanted, from) => {
    const buffer = Buffer.from(text);
    const pattern = new BytesPattern(wanted);
    assert.equal(pattern.first(text, from), from > text.length ? -1 : buffer.indexOf(wanted, from));
    assert.equal(pattern.last(text), buffer.lastIndexOf(wanted));
    const before = pattern.last(text, from);
    assert.equal(before, from === 0 ? -1 : buffer.lastIndexOf(wanted, from - 1));
  }));
});

Deno.test("a pattern is of one byte at least and of as many as can be passed over at most", () => {
  const longest = new Uint8Array(MAX_PATTERN_BYTES).fill(0x61);
  const text = Buffer.concat([Buffer.from("b"), longest, Buffer.from("b")]);
  assert.deepEqual([new BytesPattern(longest).first(text), new BytesPattern(longest).last(text)], [1, 1]);
  for (const length of [0, MAX_PATTERN_BYTES + 1]) {
    assert.throws(() => new BytesPattern(new Uint8Array(length)), RangeError);
  }
});

Deno.test("one byte is found in Buffers and in plain bytes alike", () => {
  for (const text of [Buffer.from("abcb"), new TextEncoder().encode("abcb")]) {
    assert.deepEqual([0, 2, 4].map((from) => findByte(text, 0x62, from)), [1, 3, -1]);
  }
});
