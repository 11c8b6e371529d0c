import type { Candidate } from "../endpoint.ts";
import type { Strategy } from "./strategy.ts";

/** Credits nearer than this count as equal, so that rounding never breaks a tie and the sequence repeats for ever. */
const TIE = 1e-9;

/**
 * Smooth weighted round robin, as nginx does it (ngx_http_upstream_round_robin.c): weights 5, 1, 1 give
 * a a b a c a a, never five in a row followed by the rest. In nginx a turn brings each its weight and costs
 * the chosen the sum of all; here both are divided by that sum, so that every credit is exactly what its
 * endpoint was due less what it got. The sequence is the same, and shares stay fair also while the eligible
 * set changes: with undivided weights, whoever is chosen while few are eligible pays too little.
 */
export const weightedRoundRobin: Strategy = {
  type: "weighted_round_robin",
  summary: "Takes turns in proportion to weight, spread evenly",
  create() {
    const turns = new Turns();
    return {
      pick(eligible) {
        const total = totalOf(eligible);
        let best: Candidate | undefined;
        let bestCredit = -Infinity;
        for (const candidate of eligible) {
          const credit = turns.creditOf(candidate) + candidate.weight / total;
          if (credit > bestCredit + TIE) {
            best = candidate;
            bestCredit = credit;
          }
        }
        return best;
      },
      started(chosen, eligible) {
        const total = totalOf(eligible);
        for (const candidate of eligible) turns.add(candidate, candidate.weight / total);
        turns.add(chosen, -1);
      },
    };
  },
};

function totalOf(eligible: readonly Candidate[]): number {
  let total = 0;
  for (const candidate of eligible) total += candidate.weight;
  return total;
}

/** One endpoint's standing in the rotation. An endpoint may stand for several models in one tier: they are chained. */
interface Turn {
  readonly model: string | undefined;
  credit: number;
  next: Turn | undefined;
}

/** Credits by endpoint id and model: candidates are made anew with a generation, ids stay. Grows to the tier's size. */
class Turns {
  readonly #byEndpoint = new Map<string, Turn>();

  creditOf(candidate: Candidate): number {
    return this.#find(candidate)?.credit ?? 0;
  }

  add(candidate: Candidate, credit: number): void {
    const found = this.#find(candidate);
    if (found !== undefined) {
      found.credit += credit;
      return;
    }
    const { id } = candidate.endpoint;
    this.#byEndpoint.set(id, {
      model: candidate.model,
      credit,
      next: this.#byEndpoint.get(id),
    });
  }

  #find(candidate: Candidate): Turn | undefined {
    let turn = this.#byEndpoint.get(candidate.endpoint.id);
    while (turn !== undefined && turn.model !== candidate.model) turn = turn.next;
    return turn;
  }
}
