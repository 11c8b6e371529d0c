import assert from "node:assert/strict";
import { type DeadlinePolicy, Deadlines } from "../../src/upstream/deadlines.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";

const POLICY: DeadlinePolicy = {
  connectMs: 100,
  headersMs: 200,
  firstContentMs: 300,
  idleMs: 50,
  totalMs: undefined,
};

function start(more: Partial<DeadlinePolicy> = {}) {
  const runtime = fakeRuntime();
  const expired: string[] = [];
  const deadlines = new Deadlines(runtime, { ...POLICY, ...more }, (stage) => expired.push(stage));
  return { runtime, expired, deadlines };
}

Deno.test("each stage has its own time, which begins with the stage", () => {
  for (
    const [stages, expiresMs, name] of [
      [[], 100, "connect"],
      [["headers"], 200, "headers"],
      [["headers", "first_content"], 300, "first_content"],
      [["headers", "first_content", "idle"], 50, "idle"],
    ] as const
  ) {
    const { runtime, expired, deadlines } = start();
    for (const stage of stages) {
      runtime.advance(40);
      deadlines.enter(stage);
    }
    runtime.advance(expiresMs - 1);
    assert.deepEqual(expired, []);
    runtime.advance(1);
    assert.deepEqual(expired, [name]);
    runtime.advance(10_000);
    assert.equal(expired.length, 1, "told once only");
  }
});

Deno.test("bytes put off the idle and headers deadlines, but not the wait for the first content", () => {
  for (
    const [stage, expectedMs] of [["idle", 40 + 50], ["headers", 40 + 200], ["first_content", 300]] as const
  ) {
    const { runtime, expired, deadlines } = start();
    deadlines.enter(stage);
    runtime.advance(40);
    deadlines.touch();
    runtime.advance(expectedMs - 41);
    assert.deepEqual(expired, []);
    runtime.advance(1);
    assert.deepEqual(expired, [stage]);
  }
});

Deno.test("silence that we made ourselves does not count, and the time begins anew after it", () => {
  const { runtime, expired, deadlines } = start();
  deadlines.enter("idle");
  deadlines.hold();
  runtime.advance(10_000);
  assert.deepEqual(expired, []);
  deadlines.release();
  runtime.advance(49);
  assert.deepEqual(expired, []);
  runtime.advance(1 + POLICY.idleMs);
  assert.deepEqual(expired, ["idle"]);
});

Deno.test("the total counts through every stage and through silence of our own", () => {
  const { runtime, expired, deadlines } = start({ totalMs: 120 });
  deadlines.enter("headers");
  deadlines.enter("idle");
  deadlines.hold();
  runtime.advance(119);
  assert.deepEqual(expired, []);
  runtime.advance(1 + POLICY.idleMs);
  assert.deepEqual(expired, ["total"]);
});

Deno.test("a stopped attempt never expires and enters no further stage", () => {
  const { runtime, expired, deadlines } = start();
  deadlines.stop();
  deadlines.enter("idle");
  runtime.advance(10_000);
  assert.deepEqual(expired, []);
});
