import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Capture, CaptureBudget } from "../../src/recording/capture.ts";

Deno.test("a capture gives back all bytes in one piece", () => {
  const capture = new Capture(new CaptureBudget(100), 100);
  assert.deepEqual(capture.bytes(), new Uint8Array(0));
  capture.push(Uint8Array.of(1, 2));
  assert.deepEqual(capture.bytes(), Uint8Array.of(1, 2));
  capture.push(Uint8Array.of(3));
  assert.deepEqual(capture.bytes(), Uint8Array.of(1, 2, 3));
});

Deno.test("a small chunk of a large buffer is copied, so that the buffer can go", () => {
  const capture = new Capture(new CaptureBudget(100_000), 100_000);
  capture.push(new Uint8Array(65_536).subarray(0, 10));
  assert.equal(capture.bytes()?.buffer.byteLength, 10);
});

Deno.test("past its own limit a capture lets go of its bytes and only counts on", () => {
  const budget = new CaptureBudget(100);
  const capture = new Capture(budget, 3);
  capture.push(Uint8Array.of(1, 2));
  capture.push(Uint8Array.of(3, 4));
  capture.push(Uint8Array.of(5));
  assert.equal(capture.bytes(), undefined);
  assert.equal(capture.sizeBytes, 5);
  assert.equal(budget.heldBytes, 0);
});

Deno.test("captures share one budget and give it back when released", () => {
  const budget = new CaptureBudget(5);
  const first = new Capture(budget, 100);
  first.push(new Uint8Array(4));
  const second = new Capture(budget, 100);
  second.push(new Uint8Array(2));
  assert.equal(second.bytes(), undefined);
  assert.equal(budget.heldBytes, 4);
  first.release();
  assert.equal(budget.heldBytes, 0);
  second.reset();
  second.push(new Uint8Array(2));
  assert.equal(second.bytes()?.length, 2);
  second.release();
  second.release();
  assert.equal(budget.heldBytes, 0);
});

Deno.test("a small piece of a large buffer is copied, a Buffer's too, so that it does not keep the whole alive", () => {
  const read = Buffer.alloc(64 * 1024, 7);
  const capture = new Capture(new CaptureBudget(100_000), 100_000);
  capture.push(read.subarray(0, 100));
  assert.equal(capture.bytes()?.buffer.byteLength, 100);
  assert.deepEqual(capture.bytes(), new Uint8Array(100).fill(7));
});

/** Events of a stream: small, and much alike. */
function events(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) =>
    new TextEncoder().encode(
      `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":" ${at}"}}]}\n\n`,
    ));
}

Deno.test("chunks of any size come back whole and in order, crowded or not", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.boolean(), (lengths, isCrowded) => {
      const budget = new CaptureBudget(10_000_000);
      if (isCrowded) budget.take(9_000_000);
      const before = budget.heldBytes;
      const capture = new Capture(budget, 1_000_000);
      const chunks = lengths.map((length, at) => new Uint8Array(length).fill(at));
      for (const chunk of chunks) capture.push(chunk);
      assert.deepEqual(capture.bytes(), new Uint8Array(Buffer.concat(chunks)));
      assert.deepEqual(capture.bytes(), new Uint8Array(Buffer.concat(chunks)));
      capture.release();
      assert.equal(budget.heldBytes, before);
    }),
    { numRuns: 40 },
  );
});

Deno.test("a long stream takes little of a crowded budget, and all of its own size of a free one", () => {
  const stream = events(5_000);
  const whole = Buffer.concat(stream);
  const heldBy = (takenBytes: number) => {
    const budget = new CaptureBudget(100_000_000);
    budget.take(takenBytes);
    const capture = new Capture(budget, 10_000_000);
    for (const event of stream) capture.push(event);
    const heldBytes = budget.heldBytes - takenBytes;
    assert.equal(Buffer.compare(Buffer.from(capture.bytes() ?? []), whole), 0);
    return heldBytes;
  };
  assert.equal(heldBy(0), whole.length);
  assert.ok(heldBy(50_000_000) < whole.length / 5);
});

Deno.test("what was compressed and finds no room again is given up, and everything given back", () => {
  const budget = new CaptureBudget(1_000_000);
  const other = 700_000;
  budget.take(other);
  const capture = new Capture(budget, 10_000_000);
  for (const event of events(10_000)) capture.push(event);
  assert.ok(budget.heldBytes > other);
  assert.equal(capture.bytes(), undefined);
  assert.equal(budget.heldBytes, other);
});
