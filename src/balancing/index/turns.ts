import type { Contender, Picker } from "../strategies/strategy.ts";

/** Credits nearer than this count as equal, so that rounding never breaks a tie and the sequence repeats for ever. */
const TIE = 1e-9;

/**
 * Smooth weighted round robin, as nginx does it (ngx_http_upstream_round_robin.c): weights 5, 1, 1 give
 * a a b a c a a, never five in a row followed by the rest. In nginx a turn brings each its weight and costs
 * the chosen the sum of all; here both are divided by that sum, so that every credit is exactly what its
 * endpoint was due less what it got. The sequence is the same, and shares stay fair also while the eligible
 * set changes: with undivided weights, whoever is chosen while few are eligible pays too little.
 */
export class Turns implements Picker {
  /** By slot. */
  readonly #credits: number[] = [];
  readonly #weightOf: (contender: Contender) => number;

  /** `weightOf`: what a contender's share goes by, above 0; its weight where not given. */
  constructor(weightOf: (contender: Contender) => number = ({ weight }) => weight) {
    this.#weightOf = weightOf;
  }

  pick(eligible: readonly Contender[]): Contender | undefined {
    const total = this.#totalOf(eligible);
    let best: Contender | undefined;
    let bestCredit = -Infinity;
    for (const contender of eligible) {
      const credit = (this.#credits[contender.slot] ?? 0) + this.#weightOf(contender) / total;
      if (credit > bestCredit + TIE) {
        best = contender;
        bestCredit = credit;
      }
    }
    return best;
  }

  started(chosen: Contender, eligible: readonly Contender[]): void {
    const total = this.#totalOf(eligible);
    for (const contender of eligible) this.#add(contender.slot, this.#weightOf(contender) / total);
    this.#add(chosen.slot, -1);
  }

  #totalOf(eligible: readonly Contender[]): number {
    let total = 0;
    for (const contender of eligible) total += this.#weightOf(contender);
    return total;
  }

  #add(slot: number, credit: number): void {
    this.#credits[slot] = (this.#credits[slot] ?? 0) + credit;
  }
}
