import assert from "node:assert/strict";
import fc from "fast-check";
import { StringStops } from "../../../src/core/bytes/string_stops.ts";

/** What is looked for, byte by byte. */
function firstStop(bytes: Uint8Array, at: number, limit: number): number {
  for (; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x22 || byte === 0x5c || byte < 0x20) return at;
  }
  return limit;
}

Deno.test("the first stop is found from any place, in bytes of any alignment, whatever stands around it", () => {
  const byte = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(0x22, 0x5c, 0x00, 0x1f, 0x20, 0x21, 0x23, 0x5b, 0x5d, 0xa2, 0xdc),
    },
  );
  const bytes = fc.array(byte, { maxLength: 60 }).map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(bytes, fc.nat(7), (all, skipped) => {
      const view = all.subarray(Math.min(skipped, all.length));
      const stops = new StringStops(view);
      for (let limit = 0; limit <= view.length; limit++) {
        for (let at = 0; at <= limit; at++) {
          assert.equal(stops.next(at, limit), firstStop(view, at, limit));
        }
      }
    }),
    { numRuns: 300 },
  );
});
