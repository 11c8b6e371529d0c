import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";

/** Time between two looks, in milliseconds: the timer wheel makes one tick of it, so that no stall falls between two. */
const LOOK_MS = 10;

/** What lies between two looks when nothing is late, in milliseconds: one tick of the timer wheel. */
const TICK_MS = 20;

/**
 * Measures how long the event loop keeps what is due waiting, until it is disposed: the histogram
 * `event_loop_lag_seconds`. Costs a microsecond fifty times a second.
 */
export function watchLoopLag(runtime: Runtime, observer: Observer): Disposable {
  let timer: Timer;
  let lookedMs = runtime.monotonic();
  const look = () => {
    const nowMs = runtime.monotonic();
    observer.observe("event_loop_lag_seconds", Math.max(0, nowMs - lookedMs - TICK_MS) / 1_000);
    lookedMs = nowMs;
    timer = runtime.after(LOOK_MS, look);
  };
  timer = runtime.after(LOOK_MS, look);
  return { [Symbol.dispose]: () => timer.cancel() };
}
