import { byDraws, drawSome } from "../index/draws.ts";
import { leastLoaded, loadOption, metricOf } from "../index/load_option.ts";
import { Turns } from "../index/turns.ts";
import type { Contender, Strategy } from "./strategy.ts";

/** How many are compared in a tier too large to compare all: past a few draws, more of them hardly find better (Mitzenmacher). */
const DRAWS = 4;

/**
 * Least load for its weight, ties by weighted turns (nginx's `least_conn`): when all are idle it is weighted
 * round robin, never the first of the list for ever.
 */
export const leastLoad: Strategy = {
  type: "least_load",
  summary: "Takes the one with the least load for its weight",
  options: { load: loadOption },
  create(options) {
    const metric = metricOf(options);
    const share = ({ weight }: Contender) => weight;
    const some = byDraws((draw, { nowMs }) => {
      // Draws have gone by weight already, and the first of equals is in proportion to it.
      return leastLoaded(drawSome(draw, DRAWS), metric, nowMs)[0];
    });
    return {
      picker() {
        const turns = new Turns();
        const least = (eligible: readonly Contender[], nowMs: number) =>
          leastLoaded(eligible, metric, nowMs, share);
        return {
          pick: (eligible, { nowMs }) => turns.pick(least(eligible, nowMs)),
          started(chosen, eligible, nowMs) {
            const tied = least(eligible, nowMs);
            // One that affinity chose was not in its turn, so it turns nothing.
            if (tied.some(({ slot }) => slot === chosen.slot)) turns.started(chosen, tied);
          },
        };
      },
      seeker: some.seeker,
    };
  },
};
