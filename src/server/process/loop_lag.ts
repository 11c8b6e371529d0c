import type { Observer } from "../../core/observe.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";

/** Time between two looks, in milliseconds: the timer wheel makes one tick of it, so that no stall falls between two. */
const LOOK_MS = 10;

/** What lies between two looks when nothing is late, in milliseconds: one tick of the timer wheel. */
const TICK_MS = 20;

/** Seconds that are remembered. */
const MAX_SECONDS = 60;

/**
 * Measures how long the event loop keeps what is due waiting, as every request waits too: for the histogram
 * `event_loop_lag_seconds`, and the worst of the last minute. Costs a microsecond fifty times a second.
 */
export class LoopLag implements Disposable {
  readonly #runtime: Pick<Runtime, "monotonic" | "after">;
  readonly #observer: Observer;
  /** The worst of each second that had a look, oldest first. */
  readonly #seconds: { readonly second: number; worstMs: number }[] = [];
  #lookedMs: number;
  #timer: Timer;

  constructor(runtime: Pick<Runtime, "monotonic" | "after">, observer: Observer) {
    this.#runtime = runtime;
    this.#observer = observer;
    this.#lookedMs = runtime.monotonic();
    this.#timer = runtime.after(LOOK_MS, this.#look);
  }

  /** The worst of this second and the one before, in milliseconds: a single look would miss nearly every stall. */
  get nowMs(): number {
    return this.#worstOf(2);
  }

  /** The worst of the last minute, in milliseconds. */
  get worstMs(): number {
    return this.#worstOf(MAX_SECONDS);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  readonly #look = () => {
    const nowMs = this.#runtime.monotonic();
    // From look to look: a clock that starts when a late timer runs has missed the stall.
    const lagMs = Math.max(0, nowMs - this.#lookedMs - TICK_MS);
    this.#lookedMs = nowMs;
    this.#observer.observe("event_loop_lag_seconds", lagMs / 1_000);
    this.#note(Math.floor(nowMs / 1_000), Math.round(lagMs * 100) / 100);
    this.#timer = this.#runtime.after(LOOK_MS, this.#look);
  };

  #note(second: number, lagMs: number): void {
    const newest = this.#seconds.at(-1);
    if (newest?.second === second) newest.worstMs = Math.max(newest.worstMs, lagMs);
    else this.#seconds.push({ second, worstMs: lagMs });
    if (this.#seconds.length > MAX_SECONDS) this.#seconds.shift();
  }

  #worstOf(seconds: number): number {
    const from = Math.floor(this.#runtime.monotonic() / 1_000) - seconds;
    return this.#seconds.reduce(
      (worst, { second, worstMs }) => second > from ? Math.max(worst, worstMs) : worst,
      0,
    );
  }
}
