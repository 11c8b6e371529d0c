import type { Runtime } from "../core/runtime.ts";

/** Longest work at a stretch before others run. */
const SLICE_MS = 4;

/** Gives way to others once a stretch of work has taken {@link SLICE_MS}. */
export class Slice {
  readonly #runtime: Runtime;
  readonly #giveWay: () => Promise<void>;
  #sinceMs: number;

  /** `giveWay`: resolves when others have had their chance (`core/time/system_runtime.ts`). */
  constructor(runtime: Runtime, giveWay: () => Promise<void>) {
    this.#runtime = runtime;
    this.#giveWay = giveWay;
    this.#sinceMs = runtime.monotonic();
  }

  /** The stretch has taken {@link SLICE_MS}. */
  get isDue(): boolean {
    return this.#runtime.monotonic() - this.#sinceMs >= SLICE_MS;
  }

  /** To be awaited between two steps of work; waits for nothing while the stretch is short. */
  async rest(): Promise<void> {
    if (!this.isDue) return;
    await this.#giveWay();
    this.#sinceMs = this.#runtime.monotonic();
  }
}
