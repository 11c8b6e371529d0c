import assert from "node:assert/strict";

import { Deadlines } from "../../../../src/server/listener/connections/deadlines.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";

Deno.test("each deadline runs once, not before its time and at most one look later", () => {
  const runtime = fakeRuntime();
  const deadlines = new Deadlines(runtime, 100);
  const ran: string[] = [];
  deadlines.after(50, () => ran.push("a"));
  deadlines.after(150, () => ran.push("b"));
  runtime.advance(49);
  assert.deepEqual(ran, []);
  runtime.advance(51);
  assert.deepEqual(ran, ["a"]);
  runtime.advance(100);
  assert.deepEqual(ran, ["a", "b"]);
  runtime.advance(10_000);
  assert.deepEqual(ran, ["a", "b"]);
});

Deno.test("a cancelled deadline never runs, also when another one cancels it in the same look", () => {
  const runtime = fakeRuntime();
  const deadlines = new Deadlines(runtime, 100);
  const ran: string[] = [];
  const early = deadlines.after(10, () => ran.push("early"));
  deadlines.after(20, () => late.cancel());
  const late = deadlines.after(30, () => ran.push("late"));
  early.cancel();
  runtime.advance(1_000);
  assert.deepEqual(ran, []);
});

Deno.test("a deadline set by another one runs in its own time", () => {
  const runtime = fakeRuntime();
  const deadlines = new Deadlines(runtime, 100);
  let ranAtMs = 0;
  deadlines.after(10, () => deadlines.after(150, () => ranAtMs = runtime.monotonic()));
  runtime.advance(1_000);
  assert.equal(ranAtMs, 1_000 + 300);
});

Deno.test("clear forgets all and leaves no timer", () => {
  const runtime = fakeRuntime();
  let timers = 0;
  const counted = {
    ...runtime,
    after(delayMs: number, run: () => void) {
      timers++;
      const timer = runtime.after(delayMs, run);
      return {
        cancel() {
          timers--;
          timer.cancel();
        },
      };
    },
  };
  const deadlines = new Deadlines(counted, 100);
  deadlines.after(10, () => assert.fail("it was forgotten"));
  deadlines.after(10, () => assert.fail("it was forgotten"));
  assert.equal(timers, 1);
  deadlines.clear();
  assert.equal(timers, 0);
  runtime.advance(1_000);
});
