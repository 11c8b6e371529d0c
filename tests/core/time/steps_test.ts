import assert from "node:assert/strict";
import { atOnce, inSlices, type Steps } from "../../../src/core/time/steps.ts";

function* count(to: number, seen: number[]): Steps<string> {
  for (let at = 1; at <= to; at++) {
    seen.push(at);
    yield;
  }
  return "done";
}

Deno.test("steps give the same whether they are taken at once or in slices", async () => {
  const seen: number[] = [];
  assert.equal(atOnce(count(3, seen)), "done");
  let rests = 0;
  const every = { isDue: true, rest: () => Promise.resolve(void rests++) };
  assert.equal(await inSlices(count(3, seen), every), "done");
  assert.deepEqual([seen, rests], [[1, 2, 3, 1, 2, 3], 3]);
});

Deno.test("nobody rests before it is due", async () => {
  const never = { isDue: false, rest: () => Promise.reject(new Error("rested")) };
  assert.equal(await inSlices(count(1_000, []), never), "done");
});

Deno.test("what a step throws, the work rejects with", async () => {
  function* broken(): Steps<void> {
    yield;
    throw new RangeError("no");
  }
  const never = { isDue: false, rest: () => Promise.resolve() };
  await assert.rejects(inSlices(broken(), never), RangeError);
});
