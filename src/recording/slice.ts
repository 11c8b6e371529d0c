import type { Runtime } from "../core/runtime.ts";

/** Longest work at a stretch before others run. */
const SLICE_MS = 4;

/** Gives way to others once a stretch of work has taken {@link SLICE_MS}. */
export class Slice {
  readonly #runtime: Runtime;
  readonly #nextTurn: () => Promise<void>;
  #sinceMs: number;

  constructor(runtime: Runtime, nextTurn: () => Promise<void>) {
    this.#runtime = runtime;
    this.#nextTurn = nextTurn;
    this.#sinceMs = runtime.monotonic();
  }

  /** The stretch has taken {@link SLICE_MS}. */
  get isDue(): boolean {
    return this.#runtime.monotonic() - this.#sinceMs >= SLICE_MS;
  }

  /** To be awaited between two steps of work; waits for nothing while the stretch is short. */
  async rest(): Promise<void> {
    if (!this.isDue) return;
    await this.#nextTurn();
    this.#sinceMs = this.#runtime.monotonic();
  }
}
