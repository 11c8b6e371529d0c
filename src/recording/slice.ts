import type { Runtime } from "../core/runtime.ts";

/** Longest work at a stretch before others run, where nothing else is said; in milliseconds. */
const SLICE_MS = 4;

/** Gives way to others once a stretch of work has taken its time. */
export class Slice {
  readonly #runtime: Runtime;
  readonly #giveWay: () => Promise<void>;
  readonly #sliceMs: number;
  #sinceMs: number;

  /** `giveWay`: resolves when others have had their chance (`core/time/system_runtime.ts`). `sliceMs`: of one stretch. */
  constructor(runtime: Runtime, giveWay: () => Promise<void>, sliceMs: number = SLICE_MS) {
    this.#runtime = runtime;
    this.#giveWay = giveWay;
    this.#sliceMs = sliceMs;
    this.#sinceMs = runtime.monotonic();
  }

  /** The stretch has taken its time. */
  get isDue(): boolean {
    return this.#runtime.monotonic() - this.#sinceMs >= this.#sliceMs;
  }

  /** To be awaited between two steps of work; waits for nothing while the stretch is short. */
  async rest(): Promise<void> {
    if (!this.isDue) return;
    await this.#giveWay();
    this.#sinceMs = this.#runtime.monotonic();
  }
}
