import assert from "node:assert/strict";
import { FailedKnocks } from "../../../src/server/guard/failed_knocks.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

Deno.test("an address that failed ten times within a minute waits for a minute, or until it is forgiven", () => {
  const runtime = fakeRuntime();
  const failed = new FailedKnocks(runtime);
  for (let at = 0; at < 9; at++) failed.note("a");
  assert.equal(failed.mustWait("a"), false);
  failed.note("a");
  assert.deepEqual([failed.mustWait("a"), failed.mustWait("b")], [true, false]);
  runtime.advance(60_000);
  assert.equal(failed.mustWait("a"), false);
  for (let at = 0; at < 10; at++) failed.note("a");
  assert.equal(failed.mustWait("a"), true);
  failed.forget("a");
  assert.equal(failed.mustWait("a"), false);
});

Deno.test("of the addresses that failed the one that did so longest ago is forgotten for a new one", () => {
  const failed = new FailedKnocks(fakeRuntime());
  for (let at = 0; at < 10; at++) failed.note("first");
  for (let at = 0; at < 9_999; at++) failed.note(`a${at}`);
  assert.equal(failed.mustWait("first"), true);
  failed.note("one more");
  assert.equal(failed.mustWait("first"), false);
});
