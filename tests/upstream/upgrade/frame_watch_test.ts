import assert from "node:assert/strict";
import fc from "fast-check";
import { closeFrame } from "../../../src/upstream/upgrade/close_frame.ts";
import { FrameWatch } from "../../../src/upstream/upgrade/frame_watch.ts";
import { closeOf, frameBytes, FrameParser, OPCODES } from "../../support/sockets/frames.ts";

const anyFrame = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
  sizeBytes: fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 65_535, 65_536, 70_000)),
  fin: fc.boolean(),
  masked: fc.boolean(),
});

Deno.test("however frames are split, their ends and the first close are seen", () => {
  fc.assert(fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.nat(), (frames, seed) => {
    const watch = new FrameWatch();
    let closes = 0;
    for (const { opcode, sizeBytes, fin, masked } of frames) {
      const bytes = frameBytes(opcode, new Uint8Array(sizeBytes).fill(0x88), { fin, masked });
      assert.equal(watch.betweenFrames, true);
      const cut = 1 + seed % Math.max(1, bytes.length - 1);
      watch.push(bytes.subarray(0, cut));
      assert.equal(watch.betweenFrames, cut === bytes.length);
      watch.push(bytes.subarray(cut));
      closes += opcode === OPCODES.close ? 1 : 0;
      assert.equal(watch.closeSeen, closes > 0);
    }
    assert.equal(watch.betweenFrames, true);
  }));
});

Deno.test("bytes that are no frames never make it fail", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
    const watch = new FrameWatch();
    for (const chunk of chunks) watch.push(chunk);
  }));
});

Deno.test("a close frame says code and reason, masked or not, and is never longer than a control frame may be", () => {
  for (const mask of [undefined, Uint8Array.of(9, 8, 7, 6)]) {
    for (const reason of ["", "The gateway is shutting down", "x".repeat(500)]) {
      const parser = new FrameParser();
      const bytes = closeFrame(1001, reason, mask);
      assert.equal((bytes[1] ?? 0) >= 128, mask !== undefined);
      parser.push(bytes);
      assert.deepEqual(closeOf(parser.frames[0]), { code: 1001, reason: reason.slice(0, 123) });
    }
  }
});
