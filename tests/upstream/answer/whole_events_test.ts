import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_HELD_EVENT_BYTES, WholeEvents } from "../../../src/upstream/answer/whole_events.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (pieces: readonly Uint8Array[]) =>
  pieces.map((piece) => new TextDecoder("latin1").decode(piece)).join("");

const CUTS: readonly [chunks: readonly string[], passed: readonly string[]][] = [
  [["data: 1\n\n"], ["data: 1\n\n"]],
  [["data: 1\n", "\n"], ["", "data: 1\n\n"]],
  [["data: 1\n\ndata: 2", "\n\n"], ["data: 1\n\n", "data: 2\n\n"]],
  [["data: 1\r\n\r\ndata: 2\r\n", "\r\n"], ["data: 1\r\n\r\n", "data: 2\r\n\r\n"]],
  [["data: 1\r\n\r", "\n"], ["", "data: 1\r\n\r\n"]],
  [["data: 1\r\n", "\r", "\n"], ["", "", "data: 1\r\n\r\n"]],
  [["data: 1\r\r"], ["data: 1\r\r"]],
  [["data: 1\n\r\n"], ["data: 1\n\r\n"]],
  [["data: 1\r\ndata: 2\r\n"], [""]],
  [["", "data: 1\n\n", ""], ["", "data: 1\n\n", ""]],
  [[": ping\n", "\ndata: 1\n\n"], ["", ": ping\n\ndata: 1\n\n"]],
];

for (const [chunks, passed] of CUTS) {
  Deno.test(`${JSON.stringify(chunks)} passes as ${JSON.stringify(passed)}`, () => {
    const events = new WholeEvents();
    assert.deepEqual(chunks.map((chunk) => decode(events.push(encode(chunk)))), passed);
  });
}

Deno.test("a chunk that ends an event passes without being copied", () => {
  const chunk = encode("data: 1\n\n");
  assert.equal(new WholeEvents().push(chunk)[0], chunk);
});

Deno.test("whatever the chunks, no byte is changed, lost or moved, and only whole events have passed", () => {
  const line = fc.constantFrom("data: x", ": c", "", "event: é", 'data: {"a":1}');
  const end = fc.constantFrom("\n", "\r\n");
  const text = fc.tuple(fc.array(line, { maxLength: 12 }), end).map(([lines, ending]) =>
    lines.map((each) => each + ending).join("")
  );
  fc.assert(fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (whole, sizes) => {
    const bytes = encode(whole);
    const events = new WholeEvents();
    const passed: Uint8Array[] = [];
    let at = 0;
    for (let turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1;
      passed.push(...events.push(bytes.subarray(at, at + size)));
      const text = decode(passed);
      assert.ok(text === "" || /(?:\n\r?\n|^\r?\n)$/.test(text) || /^(?:\r?\n)*$/.test(text));
      assert.ok(events.between);
      at += size;
    }
    assert.equal(decode([...passed, ...events.rest()]), decode([bytes]));
  }));
});

Deno.test("an event longer than the bound passes in pieces, and the next one waits for its end again", () => {
  const events = new WholeEvents();
  const piece = encode("x".repeat(MAX_HELD_EVENT_BYTES / 2));
  assert.equal(events.push(piece).length, 0);
  assert.equal(events.push(piece).length, 0);
  assert.equal(events.push(piece).length, 3);
  assert.equal(events.between, false);
  assert.equal(decode(events.push(encode("x\n\ndata"))), "x\n\n");
  assert.equal(events.between, true);
  assert.equal(decode(events.rest()), "data");
});
