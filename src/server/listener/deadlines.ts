import type { Runtime, Timer } from "../../core/runtime.ts";

/** One pending call of {@link Deadlines.after}. */
class Deadline implements Timer {
  readonly atMs: number;
  readonly run: () => void;
  readonly #pending: Set<Deadline>;

  constructor(atMs: number, run: () => void, pending: Set<Deadline>) {
    this.atMs = atMs;
    this.run = run;
    this.#pending = pending;
    pending.add(this);
  }

  cancel(): void {
    this.#pending.delete(this);
  }
}

/**
 * Deadlines of one listener, looked at every `everyMs`: a call runs up to that much late. Nearly all are cancelled
 * within a millisecond, and one timer a second for all of them costs a request 2.7 µs less than a timer for each (of 42).
 */
export class Deadlines {
  readonly #runtime: Runtime;
  readonly #everyMs: number;
  readonly #pending = new Set<Deadline>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime, everyMs: number) {
    this.#runtime = runtime;
    this.#everyMs = everyMs;
  }

  /** Runs `run` once, `delayMs` or up to `everyMs` later, unless cancelled. */
  after(delayMs: number, run: () => void): Timer {
    this.#timer ??= this.#runtime.after(this.#everyMs, () => this.#look());
    return new Deadline(this.#runtime.monotonic() + delayMs, run, this.#pending);
  }

  /** Forgets all. */
  clear(): void {
    this.#pending.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = this.#runtime.monotonic();
    for (const deadline of this.#pending) {
      if (deadline.atMs > nowMs) continue;
      deadline.cancel();
      deadline.run();
    }
    if (this.#pending.size > 0) this.#timer ??= this.#runtime.after(this.#everyMs, () => this.#look());
  }
}
