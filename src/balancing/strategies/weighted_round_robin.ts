import type { Candidate } from "../endpoint.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Smooth weighted round robin, as nginx does it (ngx_http_upstream_round_robin.c): every turn each eligible
 * candidate gains its weight, the highest is picked and pays the sum of all. Weights 5, 1, 1 give
 * a a b a c a a, never five in a row followed by the rest. Shares hold over any eligible set: who is out gains
 * and pays nothing.
 */
export const weightedRoundRobin: Strategy = {
  type: "weighted_round_robin",
  summary: "Takes turns in proportion to weight, spread evenly",
  create() {
    const turns = new Turns();
    return {
      pick(eligible) {
        let best: Candidate | undefined;
        let bestCredit = -Infinity;
        for (const candidate of eligible) {
          const credit = turns.creditOf(candidate) + candidate.weight;
          if (credit > bestCredit) {
            best = candidate;
            bestCredit = credit;
          }
        }
        return best;
      },
      started(chosen, eligible) {
        let total = 0;
        for (const candidate of eligible) {
          total += candidate.weight;
          turns.add(candidate, candidate.weight);
        }
        turns.add(chosen, -total);
      },
    };
  },
};

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

  add(candidate: Candidate, weight: number): void {
    const found = this.#find(candidate);
    if (found !== undefined) {
      found.credit += weight;
      return;
    }
    const { id } = candidate.endpoint;
    this.#byEndpoint.set(id, {
      model: candidate.model,
      credit: weight,
      next: this.#byEndpoint.get(id),
    });
  }

  #find(candidate: Candidate): Turn | undefined {
    let turn = this.#byEndpoint.get(candidate.endpoint.id);
    while (turn !== undefined && turn.model !== candidate.model) turn = turn.next;
    return turn;
  }
}
