import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Secret } from "../../../src/core/secret.ts";
import {
  bytesWithoutKey,
  fieldsWithoutKey,
  refusalWithoutKey,
} from "../../../src/upstream/answer/key_echo.ts";

const KEY = new Secret("sk-upstream-1");

Deno.test("fields that repeat the key are left out, one of several values is enough; others stay as they are", () => {
  const fields = {
    "x-a": "Bearer sk-upstream-1!",
    "x-b": ["1", "sk-upstream-1"],
    "x-c": ["sk-upstream", "2"],
  };
  assert.deepEqual(fieldsWithoutKey(fields, KEY), { "x-c": ["sk-upstream", "2"] });
  assert.equal(Object.keys(fields).length, 3, "what came is not changed");
});

Deno.test("a refusal loses the key wherever its body repeats it, and no other byte", () => {
  const body = Buffer.concat([Uint8Array.of(0xff, 0xe9), Buffer.from("é sk-upstream-1,sk-upstream-12")]);
  const { status, body: left } = refusalWithoutKey({ status: 400, headers: {}, body }, KEY);
  assert.equal(status, 400);
  const expected = [Uint8Array.of(0xff, 0xe9), Buffer.from("é [redacted],[redacted]2")];
  assert.equal(Buffer.compare(left, Buffer.concat(expected)), 0);
});

Deno.test("what does not repeat the key, or was called without one, is the very same object", () => {
  const refusal = { status: 400, headers: { "x-a": "1" }, body: Buffer.from("sk-upstream-2") };
  for (const key of [KEY, undefined]) {
    assert.equal(refusalWithoutKey(refusal, key), refusal);
    assert.equal(fieldsWithoutKey(refusal.headers, key), refusal.headers);
    assert.equal(bytesWithoutKey(refusal.body, key), refusal.body);
  }
});
