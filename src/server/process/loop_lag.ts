import type { Runtime, Timer } from "../../core/runtime.ts";
import { nextTurn } from "../../core/time/system_runtime.ts";

/** How often it is looked, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Looks that are remembered: the last minute. */
const MAX_LOOKS = 60;

/** Measures how long work waits for its turn of the event loop: what every request waits as well. */
export class LoopLag implements Disposable {
  readonly #runtime: Runtime;
  readonly #lagsMs: number[] = [];
  #timer: Timer | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#arm();
  }

  /** The newest measurement, in milliseconds; 0 before the first. */
  get nowMs(): number {
    return this.#lagsMs.at(-1) ?? 0;
  }

  /** The worst of the last minute, in milliseconds. */
  get worstMs(): number {
    return Math.max(0, ...this.#lagsMs);
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#runtime.after(LOOK_EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    const startMs = this.#runtime.monotonic();
    await nextTurn();
    this.#lagsMs.push(Math.round((this.#runtime.monotonic() - startMs) * 100) / 100);
    if (this.#lagsMs.length > MAX_LOOKS) this.#lagsMs.shift();
    if (this.#timer !== undefined) this.#arm();
  }
}
