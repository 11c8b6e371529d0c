import assert from "node:assert/strict";

import { plainError } from "../../src/server/plain_error.ts";

Deno.test("the envelope is the one that OpenAI clients read", () => {
  assert.deepEqual(JSON.parse(plainError("not_found", 'a "b"', 404)), {
    error: { message: 'a "b"', type: "invalid_request_error", param: null, code: "not_found" },
  });
  assert.equal(JSON.parse(plainError("overloaded", "x", 503)).error.type, "server_error");
});
