/**
 * A peak-sensitive moving average of durations (Finagle's `PeakEwma`): it jumps to a worse sample at once and
 * comes down by and by. With nothing new it falls towards zero, so that what was slow once is tried again.
 */
export class PeakEwma {
  readonly #decayMs: number;
  #value = 0;
  #atMs = 0;
  #isEmpty = true;

  /** After `decayMs` without a sample, 37 % (1/e) of the value are left. */
  constructor(decayMs: number) {
    this.#decayMs = decayMs;
  }

  /** Whether there was no sample yet. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Takes in a sample of any unit; `nowMs` is monotonic. */
  observe(sample: number, nowMs: number): void {
    const left = this.#left(nowMs);
    this.#value = sample > this.#value ? sample : this.#value * left + sample * (1 - left);
    this.#atMs = nowMs;
    this.#isEmpty = false;
  }

  /** The average as of `nowMs`, in the samples' unit; 0 when there is no sample. */
  read(nowMs: number): number {
    return this.#value * this.#left(nowMs);
  }

  #left(nowMs: number): number {
    return Math.exp(-Math.max(0, nowMs - this.#atMs) / this.#decayMs);
  }
}
