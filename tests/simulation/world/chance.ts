import { seededRandom } from "../../support/fake_runtime.ts";

/** Draws from the distributions that traffic and vendors follow; the same seed gives the same draws. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A number in [0, 1). */
  number(): number {
    return this.#random();
  }

  /** True in a share of `share` (0 to 1) of all draws. */
  happens(share: number): boolean {
    return this.#random() < share;
  }

  /** Evenly in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  /** Between `low` and `high` so that every doubling is as likely as every other. */
  logBetween(low: number, high: number): number {
    return low * (high / low) ** this.#random();
  }

  /** Waits between the arrivals of a Poisson process. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.#random());
  }

  /** A log-normal draw around its median; `sigma` 0.5 puts the 99th percentile at 3.2 medians. */
  logNormal(median: number, sigma: number): number {
    // Box–Muller; the second number of the pair is not kept, so that draws do not depend on each other's order.
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * this.#random()));
  }

  /** One of them; throws `RangeError` when there is none. */
  oneOf<T>(list: readonly T[]): T {
    const chosen = list[Math.floor(this.#random() * list.length)];
    if (chosen === undefined) throw new RangeError("Cannot draw from an empty list");
    return chosen;
  }
}
