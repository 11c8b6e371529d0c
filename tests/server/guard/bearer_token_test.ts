import assert from "node:assert/strict";
import { isBearer, tokenDigest } from "../../../src/server/guard/bearer_token.ts";

Deno.test("a token is known behind Bearer in any case, whole and alone", () => {
  const digest = tokenDigest("token-0001");
  for (const right of ["Bearer token-0001", "bearer  token-0001 "]) assert.ok(isBearer(right, digest), right);
  for (const wrong of [undefined, "", "token-0001", "Basic token-0001", "Bearer token-000", "Bearer "]) {
    assert.ok(!isBearer(wrong, digest), String(wrong));
  }
});
