import { LinkedRing, RingLink } from "../../../core/memory/linked_ring.ts";
import type { Runtime, Timer } from "../../../core/runtime.ts";

/** One pending call of {@link Deadlines.after}. */
class Deadline extends RingLink implements Timer {
  readonly atMs: number;
  readonly run: () => void;

  constructor(atMs: number, run: () => void) {
    super();
    this.atMs = atMs;
    this.run = run;
  }

  cancel(): void {
    this.unlink();
  }
}

/**
 * Deadlines of one listener, looked at every `everyMs`: a call runs up to that much late. Nearly all are cancelled
 * within a millisecond, and one timer a second for all of them costs a request 2.7 µs less than a timer for each (of 42).
 */
export class Deadlines {
  readonly #runtime: Runtime;
  readonly #everyMs: number;
  readonly #pending = new LinkedRing<Deadline>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime, everyMs: number) {
    this.#runtime = runtime;
    this.#everyMs = everyMs;
  }

  /** Runs `run` once, `delayMs` or up to `everyMs` later, unless cancelled. */
  after(delayMs: number, run: () => void): Timer {
    this.#timer ??= this.#runtime.after(this.#everyMs, () => this.#look());
    const deadline = new Deadline(this.#runtime.monotonic() + delayMs, run);
    this.#pending.add(deadline);
    return deadline;
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
    for (const deadline of this.#pending.all()) {
      // One that ran before it may have cancelled it.
      if (deadline.atMs > nowMs || !deadline.isLinked) continue;
      deadline.cancel();
      deadline.run();
    }
    if (!this.#pending.isEmpty) this.#timer ??= this.#runtime.after(this.#everyMs, () => this.#look());
  }
}
