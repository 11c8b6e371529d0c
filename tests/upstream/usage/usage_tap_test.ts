import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { TAP_HEAD_BYTES, TAP_TAIL_BYTES, UsageTap } from "../../../src/upstream/usage/usage_tap.ts";

Deno.test("both ends are kept whatever the chunks, and all of what is short", () => {
  const chunks = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(chunks, (sizes) => {
      const tap = new UsageTap();
      const pieces = sizes.map((size, at) =>
        Uint8Array.from({ length: size }, (_, index) => (at * 31 + index) & 0xff)
      );
      for (const piece of pieces) {
        const own = piece.slice();
        tap.push(own);
        own.fill(0); // Nothing is kept by reference.
      }
      const all = Buffer.concat(pieces);
      const { head, tail, gap, sizeBytes } = tap.kept();
      assert.equal(sizeBytes, all.length);
      assert.equal(gap, all.length > TAP_HEAD_BYTES + TAP_TAIL_BYTES);
      if (!gap) return assert.equal(Buffer.compare(head, all), 0);
      assert.equal(Buffer.compare(head, all.subarray(0, TAP_HEAD_BYTES)), 0);
      assert.equal(Buffer.compare(tail, all.subarray(-TAP_TAIL_BYTES)), 0);
    }),
    { numRuns: 60 },
  );
});
