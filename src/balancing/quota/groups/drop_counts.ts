/** How far below the expectation an observation may lie and still have a count of its own. */
const DEEPEST = 8;

/** Counts before anything was seen: mostly as expected, an accident of rounding now and then, any drop possible. */
const PRIOR: readonly number[] = [1, 4, 1, ...new Array<number>(DEEPEST - 1).fill(0.25)];
const PRIOR_SUM = PRIOR.reduce((sum, count) => sum + count, 0);

/** Above this many the counts are halved: what was long ago counts less. */
const MEMORY = 64;

/**
 * Chance of seeing more left than was expected. Nobody gives requests back, so it is an accident (two requests
 * that overtook each other); fixed, so that it never becomes usual.
 */
const CHANCE_OF_RISE = 0.02;

/** Rises up to this many requests are rounding and overtaking. */
const ROUNDING = 1.5;

/**
 * How well an expectation foretells: the counts of how far what was left lay below it. Two expectations are
 * compared by the chances they gave, before seeing it, to what was then seen.
 */
export class DropCounts {
  readonly #counts = new Float64Array(DEEPEST + 2);
  #sum = 0;

  /** The natural logarithm of the chance that was given to `drop` (expected less observed, in requests); counts it. */
  logChance(drop: number): number {
    if (drop < -ROUNDING) return Math.log(CHANCE_OF_RISE);
    const place = Math.min(DEEPEST, Math.max(-1, Math.round(drop))) + 1;
    const seen = this.#counts[place] ?? 0;
    const chance = (seen + (PRIOR[place] ?? 0)) / (this.#sum + PRIOR_SUM);
    this.#counts[place] = seen + 1;
    if (++this.#sum > MEMORY) this.#halve();
    return Math.log(chance * (1 - CHANCE_OF_RISE));
  }

  #halve(): void {
    this.#sum = 0;
    for (let place = 0; place < this.#counts.length; place++) {
      const half = (this.#counts[place] ?? 0) / 2;
      this.#counts[place] = half;
      this.#sum += half;
    }
  }
}
