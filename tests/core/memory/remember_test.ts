import assert from "node:assert/strict";
import { remember } from "../../../src/core/memory/remember.ts";

Deno.test("a question that comes again is answered from memory, also where the answer is nothing", () => {
  const asked: string[] = [];
  const lengthOf = remember((key) => {
    asked.push(key);
    return key === "" ? undefined : key.length;
  }, 10);
  assert.deepEqual(["ab", "", "ab", ""].map(lengthOf), [2, undefined, 2, undefined]);
  assert.deepEqual(asked, ["ab", ""]);
});

Deno.test("one entry too many forgets all, and long keys are never kept", () => {
  let asked = 0;
  const same = remember((key) => {
    asked++;
    return key;
  }, 2);
  for (const key of ["a", "b", "a", "b", "c", "a"]) assert.equal(same(key), key);
  assert.equal(asked, 4, "a, b, then c in place of both, then a anew");
  const long = "x".repeat(513);
  assert.deepEqual([same(long), same(long)], [long, long]);
  assert.equal(asked, 6);
});
