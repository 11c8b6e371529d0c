import assert from "node:assert/strict";
import type { AlertPolicy } from "../../../src/config/alert_policy.ts";
import { AlertRule } from "../../../src/operations/alerts/alert_rule.ts";
import { fakeRuntime } from "../../support/fake_runtime.ts";

function ruleOf(policy: Partial<AlertPolicy>) {
  const whole = { threshold: 3, windowMs: 60_000, cooldownMs: 300_000, ...policy };
  const runtime = fakeRuntime();
  const counts: number[] = [];
  const rule = new AlertRule(whole, runtime);
  const happen = (times = 1) => {
    for (let i = 0; i < times; i++) rule.happened((count) => counts.push(count));
  };
  return { rule, runtime, counts, happen, whole };
}

Deno.test("the threshold makes an alert, one less does not", () => {
  const { counts, happen } = ruleOf({});
  happen(2);
  assert.deepEqual(counts, []);
  happen();
  assert.deepEqual(counts, [3]);
});

Deno.test("what is older than the window is not counted, what is as old as it is", () => {
  const { runtime, counts, happen } = ruleOf({});
  happen(2);
  runtime.advance(60_001);
  happen(2);
  assert.deepEqual(counts, []);
  runtime.advance(60_000);
  happen();
  assert.deepEqual(counts, [3]);
});

Deno.test("no second alert comes within the cooldown; at its end comes what reached the threshold meanwhile", () => {
  const { runtime, counts, happen } = ruleOf({ windowMs: Infinity });
  happen(3);
  happen(50);
  runtime.advance(299_999);
  assert.deepEqual(counts, [3]);
  runtime.advance(1);
  assert.deepEqual(counts, [3, 50]);
  runtime.advance(300_000);
  assert.deepEqual(counts, [3, 50]);
  happen(3);
  assert.deepEqual(counts, [3, 50, 3]);
});

Deno.test("trouble that is over when the cooldown ends is not told any more", () => {
  const { runtime, counts, happen } = ruleOf({});
  happen(53);
  runtime.advance(300_000);
  assert.deepEqual(counts, [3]);
  happen(2);
  assert.deepEqual(counts, [3]);
});

Deno.test("trouble that goes on is told again at the end of each cooldown", () => {
  const { runtime, counts, happen } = ruleOf({});
  for (let second = 0; second < 900; second++) {
    happen();
    runtime.advance(1000);
  }
  // The first began with the third second, and a timer goes before the event of its second.
  assert.deepEqual(counts, [3, 299, 300]);
});

Deno.test("another policy holds at once, also for a cooldown under way", () => {
  const { rule, runtime, counts, happen, whole } = ruleOf({ windowMs: Infinity });
  happen(6);
  runtime.advance(10_000);
  assert.deepEqual(counts, [3]);
  rule.policy = { ...whole, windowMs: Infinity, cooldownMs: 5_000 };
  assert.deepEqual(counts, [3, 3]);
  runtime.advance(5_000);
  rule.policy = { ...whole, threshold: 2, cooldownMs: 5_000 };
  happen(2);
  assert.deepEqual(counts, [3, 3, 2]);
});

Deno.test("a closed rule tells nothing any more", () => {
  const { rule, runtime, counts, happen } = ruleOf({});
  happen(6);
  rule.close();
  runtime.advance(1_000_000);
  assert.deepEqual(counts, [3]);
});
