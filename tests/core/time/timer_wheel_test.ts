import assert from "node:assert/strict";
import { TimerWheel } from "../../../src/core/time/timer_wheel.ts";

const TICK_MS = 20;

/** A wheel driven by hand; `turnTo` moves the clock on tick by tick, `jumpTo` at once, as when a machine slept. */
function handDriven() {
  let nowMs = 1_000;
  let tick: (() => void) | undefined;
  let starts = 0;
  const wheel = new TimerWheel({
    monotonic: () => nowMs,
    every(tickMs, run) {
      assert.equal(tickMs, TICK_MS);
      assert.equal(tick, undefined, "one driver at a time");
      starts++;
      tick = run;
      return () => tick = undefined;
    },
  }, TICK_MS);
  return {
    wheel,
    get isDriven() {
      return tick !== undefined;
    },
    get starts() {
      return starts;
    },
    get nowMs() {
      return nowMs;
    },
    turnTo(untilMs: number) {
      while (nowMs < untilMs) {
        nowMs = Math.min(untilMs, nowMs + TICK_MS);
        tick?.();
      }
    },
    jumpTo(toMs: number) {
      nowMs = toMs;
      tick?.();
    },
  };
}

Deno.test("a timer runs once, not before its time and at most two ticks after", () => {
  for (const delayMs of [0, 1, 19, 20, 21, 500, 10_239, 10_240, 10_241, 65_000]) {
    const hand = handDriven();
    const ran: number[] = [];
    hand.wheel.after(delayMs, () => ran.push(hand.nowMs - 1_000));
    hand.turnTo(1_000 + delayMs + 30_000);
    assert.equal(ran.length, 1, `after ${delayMs}`);
    const [ranMs = NaN] = ran;
    assert.ok(ranMs >= delayMs && ranMs <= delayMs + 2 * TICK_MS, `after ${delayMs} ran at ${ranMs}`);
  }
});

Deno.test("the driver runs only while a timer is pending", () => {
  const hand = handDriven();
  assert.equal(hand.isDriven, false);
  const first = hand.wheel.after(100, () => {});
  const second = hand.wheel.after(200, () => {});
  assert.equal(hand.isDriven, true);
  first.cancel();
  first.cancel();
  assert.equal(hand.isDriven, true, "cancelling twice counts once");
  second.cancel();
  assert.equal(hand.isDriven, false);
  hand.wheel.after(10, () => {});
  hand.turnTo(2_000);
  assert.equal(hand.isDriven, false);
  assert.equal(hand.starts, 2);
});

Deno.test("a cancelled timer never runs, also when another of the same tick cancels it", () => {
  const hand = handDriven();
  const ran: string[] = [];
  const second = { cancel: () => {} };
  hand.wheel.after(50, () => {
    ran.push("first");
    second.cancel();
  });
  const timer = hand.wheel.after(50, () => ran.push("second"));
  second.cancel = () => timer.cancel();
  hand.turnTo(2_000);
  assert.deepEqual(ran, ["first"]);
});

Deno.test("a timer set inside a timer runs, and a cancel after the run is harmless", () => {
  const hand = handDriven();
  let runs = 0;
  const again = () => {
    if (++runs < 5) hand.wheel.after(0, again);
  };
  const timer = hand.wheel.after(0, again);
  hand.turnTo(1_500);
  assert.equal(runs, 5);
  timer.cancel();
  assert.equal(hand.isDriven, false);
});

Deno.test("after a stall nothing runs at the first tick, so that what arrived meanwhile is read, and all that fell due at the next", () => {
  const hand = handDriven();
  const ran: number[] = [];
  for (const delayMs of [20_000, 100, 9_000]) hand.wheel.after(delayMs, () => ran.push(delayMs));
  hand.jumpTo(3_600_000);
  assert.deepEqual(ran, []);
  hand.jumpTo(3_600_000 + TICK_MS);
  assert.deepEqual(ran.sort((a, b) => a - b), [100, 9_000, 20_000]);
  assert.equal(hand.isDriven, false);
});

Deno.test("a machine that stalls again and again still runs its timers", () => {
  const hand = handDriven();
  let ran = 0;
  for (let i = 0; i < 10; i++) hand.wheel.after(100, () => ran++);
  for (let stalls = 1; ran < 10; stalls++) {
    assert.ok(stalls <= 2, "two late ticks at most");
    hand.jumpTo(hand.nowMs + 1_000);
  }
});

Deno.test("a hundred thousand timers are set and cancelled without the driver being restarted", () => {
  const hand = handDriven();
  const keep = hand.wheel.after(60_000, () => {});
  for (let i = 0; i < 100_000; i++) hand.wheel.after(i % 30_000, () => assert.fail("ran")).cancel();
  assert.equal(hand.starts, 1);
  keep.cancel();
  assert.equal(hand.isDriven, false);
});
