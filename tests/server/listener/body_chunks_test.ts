import assert from "node:assert/strict";
import { chunkOf, LAST_CHUNK, lastChunksOf } from "../../../src/server/listener/body_chunks.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

Deno.test("bytes become one chunk with their length in hexadecimal, whatever they are", () => {
  assert.equal(decoder.decode(chunkOf(encoder.encode("x"))), "1\r\nx\r\n");
  assert.equal(decoder.decode(chunkOf(encoder.encode("y".repeat(300)))), `12c\r\n${"y".repeat(300)}\r\n`);
  const all = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
  const chunk = chunkOf(all);
  assert.deepEqual(
    new Uint8Array(chunk.subarray(7, -2)),
    all,
    "the length takes five digits and a line break",
  );
});

Deno.test("the last chunk is followed by the end, and nothing but the end follows where there is none", () => {
  assert.equal(decoder.decode(lastChunksOf(encoder.encode("bye"))), "3\r\nbye\r\n0\r\n\r\n");
  assert.equal(decoder.decode(lastChunksOf(new Uint8Array())), "0\r\n\r\n");
  assert.equal(decoder.decode(LAST_CHUNK), "0\r\n\r\n");
});
