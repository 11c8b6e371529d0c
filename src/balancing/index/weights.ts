import type { Candidate } from "../endpoint.ts";

/**
 * How far a limit may move a weight, either way: endpoints of one weight differ by no more than 1 : 1,000, so
 * that one wrongly learned limit neither starves an endpoint nor floods it.
 */
const MAX_FACTOR = Math.sqrt(1000);

/** What is known of the limits of a tier's candidates: their mean, as the measure of each. */
export class KnownRates {
  #sum = 0;
  #count = 0;

  /** Whether no limit is known. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** A candidate's rate (requests a minute) became known, changed from `before`, or is no more known. */
  change(before: number | undefined, after: number | undefined): void {
    if (before !== undefined) {
      this.#sum -= before;
      this.#count--;
    }
    if (after !== undefined) {
      this.#sum += after;
      this.#count++;
    }
  }

  /** What a rate makes of a weight: its ratio to the mean of all known ones; 1 where it is not known. */
  factor(rate: number | undefined): number {
    if (rate === undefined || this.isEmpty) return 1;
    const ratio = rate * this.#count / this.#sum;
    return Math.min(MAX_FACTOR, Math.max(1 / MAX_FACTOR, Number.isNaN(ratio) ? 1 : ratio));
  }
}

/** A candidate's weight after its recent failures and its slow start; what its limit makes of it comes on top. */
export function weightNow({ weight, endpoint }: Candidate, nowMs: number, slowStartMs: number): number {
  return weight * endpoint.load.trust * endpoint.load.warmth(nowMs, slowStartMs);
}
