import assert from "node:assert/strict";
import { joinBytes } from "../../../src/core/bytes/join_bytes.ts";

Deno.test("pieces stand one behind the other, in memory of their own", () => {
  const pieces = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  const whole = joinBytes(pieces, 3);
  assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
  pieces[0]?.fill(9);
  assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
  assert.throws(() => joinBytes(pieces, 2), RangeError);
});
