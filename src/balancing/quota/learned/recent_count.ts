const MINUTE_MS = 60_000;

/** How many in about the last minute: two counts, the older one weighed by how much of it is left. */
export class RecentCount {
  #startMs = -Infinity;
  #current = 0;
  #previous = 0;

  /** Counts one. */
  add(nowMs: number): void {
    this.#turn(nowMs);
    this.#current++;
  }

  /** The count at `nowMs` (monotonic). */
  at(nowMs: number): number {
    this.#turn(nowMs);
    return this.#current + this.#previous * Math.max(0, 1 - (nowMs - this.#startMs) / MINUTE_MS);
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#startMs;
    if (passedMs < MINUTE_MS) return;
    this.#previous = passedMs < 2 * MINUTE_MS ? this.#current : 0;
    this.#current = 0;
    this.#startMs = passedMs < 2 * MINUTE_MS ? this.#startMs + MINUTE_MS : nowMs;
  }
}
