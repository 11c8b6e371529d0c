import assert from "node:assert/strict";

import { lineWriter } from "../../../src/server/logs/line_writer.ts";

/** A target that takes at most `pieceBytes` at once and can be held. */
function slowTarget(pieceBytes: number) {
  const state = { text: "", writes: 0 };
  let gate = Promise.resolve();
  let open = () => {};
  return {
    state,
    hold() {
      gate = new Promise((resolve) => open = resolve);
    },
    release: () => open(),
    async write(bytes: Uint8Array): Promise<number> {
      await gate;
      const piece = bytes.subarray(0, pieceBytes);
      state.text += new TextDecoder().decode(piece);
      state.writes++;
      return piece.length;
    },
  };
}

Deno.test("lines arrive whole and in order, also through a target that takes little at once", async () => {
  const target = slowTarget(3);
  const writer = lineWriter(target);
  writer.write("one");
  writer.write("two");
  await writer.flush();
  writer.write("three");
  await writer.flush();
  assert.equal(target.state.text, "one\ntwo\nthree\n");
});

Deno.test("lines that wait go out together", async () => {
  const target = slowTarget(1 << 20);
  const writer = lineWriter(target);
  target.hold();
  for (let i = 0; i < 1000; i++) writer.write(`line ${i}`);
  target.release();
  await writer.flush();
  assert.equal(target.state.text.split("\n").length, 1001);
  assert.ok(target.state.writes <= 2);
});

Deno.test("a stalled target costs lines and never memory without end", async () => {
  const target = slowTarget(1 << 24);
  const writer = lineWriter(target);
  target.hold();
  const line = "x".repeat(1 << 20);
  for (let i = 0; i < 20; i++) writer.write(line);
  assert.ok(writer.dropped >= 14);
  target.release();
  await writer.flush();
  assert.ok(target.state.text.length < 7 << 20);
  writer.write("after");
  await writer.flush();
  assert.ok(target.state.text.endsWith("after\n"));
});

Deno.test("a target that fails loses its lines and nothing else", async () => {
  let isBroken = true;
  let text = "";
  const writer = lineWriter({
    write(bytes) {
      if (isBroken) return Promise.reject(new Error("closed pipe"));
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  writer.write("lost");
  await writer.flush();
  isBroken = false;
  writer.write("kept");
  await writer.flush();
  assert.equal(text, "kept\n");
  assert.equal(writer.dropped, 1);
});
