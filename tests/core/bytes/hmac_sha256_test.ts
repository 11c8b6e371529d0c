import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { HmacSha256 } from "../../../src/core/bytes/hmac_sha256.ts";

Deno.test("the digest is HMAC-SHA-256 of every text under every key, in any order", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.string({ unit: "binary", maxLength: 500 }), { minLength: 1, maxLength: 5 }),
      (key, texts) => {
        const hmac = new HmacSha256(key);
        for (const text of texts) {
          const expected = createHmac("sha256", key).update(text).digest();
          assert.deepEqual(hmac.digest(text), new Uint8Array(expected));
        }
      },
    ),
  );
});

Deno.test("texts at the edges of a block are padded as the standard says", () => {
  const hmac = new HmacSha256(new Uint8Array(32));
  for (const length of [0, 54, 55, 56, 63, 64, 65, 119, 120, 340, 341, 342, 5_000]) {
    const text = "x".repeat(length);
    const expected = createHmac("sha256", new Uint8Array(32)).update(text).digest();
    assert.deepEqual(hmac.digest(text), new Uint8Array(expected), `${length} characters`);
  }
});
