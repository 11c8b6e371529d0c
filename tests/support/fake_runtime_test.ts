import assert from "node:assert/strict";
import { sleep } from "../../src/core/runtime.ts";
import { fakeRuntime } from "./fake_runtime.ts";

Deno.test("both clocks stand still until advanced", () => {
  const runtime = fakeRuntime({ nowMs: 5_000 });
  const monotonic = runtime.monotonic();
  runtime.advance(250);
  assert.equal(runtime.now(), 5_250);
  assert.equal(runtime.monotonic(), monotonic + 250);
});

Deno.test("due calls run in order of their time, also those set while advancing", () => {
  const runtime = fakeRuntime({ nowMs: 0 });
  const ran: string[] = [];
  runtime.after(30, () => ran.push(`c@${runtime.now()}`));
  runtime.after(10, () => {
    ran.push(`a@${runtime.now()}`);
    runtime.after(10, () => ran.push(`b@${runtime.now()}`));
  });
  runtime.after(11, () => ran.push("never")).cancel();
  runtime.advance(29);
  assert.deepEqual(ran, ["a@10", "b@20"]);
  runtime.advance(1);
  assert.deepEqual(ran, ["a@10", "b@20", "c@30"]);
});

Deno.test("a seed gives the same numbers again and another seed gives others", () => {
  const draw = (seed: number) => {
    const runtime = fakeRuntime({ seed });
    return Array.from({ length: 5 }, () => runtime.random());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.ok(draw(7).every((number) => number >= 0 && number < 1));
});

Deno.test("ids count up and sleep ends when the clock is turned", async () => {
  const runtime = fakeRuntime();
  assert.ok(runtime.newId() < runtime.newId());
  const slept = sleep(runtime, 40);
  runtime.advance(40);
  await slept;
});
