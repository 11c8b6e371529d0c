import assert from "node:assert/strict";

import { headerFields } from "../../../src/server/listener/header_fields.ts";

Deno.test("fields are found by lower-case name and doubled ones are an array in order", () => {
  const fields = headerFields(["Host", "a", "X-B", "1", "x-b", "2", "X-b", "3", "Empty", ""]);
  assert.deepEqual({ ...fields }, { host: "a", "x-b": ["1", "2", "3"], empty: "" });
});

Deno.test("a field named like a member of objects is only a field", () => {
  const fields = headerFields(["__proto__", "x", "constructor", "y"]);
  assert.equal(fields["constructor"], "y");
  assert.equal(fields["__proto__"], "x");
  assert.equal(fields["toString"], undefined);
});
