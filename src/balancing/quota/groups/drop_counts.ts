/** Lower ends of the places that whole requests are counted in; a place ends where the next begins. */
const PLACES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 128, 256];

/** Where the last place ends: no limit drops by more between two answers. */
const END = 4_096;

/**
 * Counts before anything was seen: nothing is more likely than anything else nearby, so that neither of two
 * expectations that are compared is ahead.
 */
const PRIOR: readonly number[] = PLACES.map((from) => from < 8 ? 0.5 : 0.1);
const PRIOR_SUM = 2 * PRIOR.reduce((sum, count) => sum + count, 0);

/** Above this many the counts are halved: what was long ago counts less. */
const MEMORY = 64;

/** How often an expectation was wrong by how many requests, either way. */
export class DropCounts {
  /** Below what was expected, and above it. */
  readonly #below = new Float64Array(PLACES.length);
  readonly #above = new Float64Array(PLACES.length);
  #sum = 0;

  /** The chance that was given, before seeing it, to being wrong by `units` (a whole number; above 0: less was there); counts it. */
  chance(units: number): number {
    const counts = units >= 0 ? this.#below : this.#above;
    const place = placeOf(Math.abs(units));
    const seen = counts[place] ?? 0;
    const chance = (seen + (PRIOR[place] ?? 0)) / (this.#sum + PRIOR_SUM);
    const width = (PLACES[place + 1] ?? END) - (PLACES[place] ?? 0);
    counts[place] = seen + 1;
    if (++this.#sum > MEMORY) this.#halve();
    return chance / width;
  }

  #halve(): void {
    this.#sum = 0;
    for (const counts of [this.#below, this.#above]) {
      for (let place = 0; place < counts.length; place++) {
        const half = (counts[place] ?? 0) / 2;
        counts[place] = half;
        this.#sum += half;
      }
    }
  }
}

function placeOf(units: number): number {
  let place = Math.min(units, PLACES.length - 1);
  while (place > 0 && (PLACES[place] ?? 0) > units) place--;
  while ((PLACES[place + 1] ?? Infinity) <= units) place++;
  return place;
}
