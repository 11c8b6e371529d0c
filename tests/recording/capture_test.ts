import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
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
