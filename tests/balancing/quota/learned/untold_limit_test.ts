import assert from "node:assert/strict";
import { UntoldLimit } from "../../../../src/balancing/quota/learned/untold_limit.ts";

Deno.test("a vendor that says when to come back is believed: one request fits by then, however little it let through before", () => {
  for (const accepted of [0, 1, 5, 10, 50]) {
    for (const toldMs of [1_000, 20_000, 300_000]) {
      const untold = new UntoldLimit();
      assert.equal(untold.refused(undefined, 495_000, toldMs), undefined, "too little to guess from");
      for (let each = 0; each < accepted; each++) untold.accepted(500_000 + each);
      const dimension = untold.refused(undefined, 510_000, toldMs);
      assert.ok(dimension !== undefined);
      const fitsMs = dimension.fitsAtMs(1, 510_000);
      assert.ok(fitsMs <= 510_001 + toldMs, `${accepted} accepted, told ${toldMs}: ${fitsMs}`);
      assert.ok(fitsMs > 510_000, "and not before its time");
    }
  }
});

Deno.test("without a word of the vendor's the limit found by trying decides", () => {
  const dimension = new UntoldLimit().refused(undefined, 510_000, undefined);
  assert.ok(dimension !== undefined);
  assert.ok(dimension.fitsAtMs(1, 510_000) >= 560_000);
});
