import { TurnQueue } from "../index/turn_queue.ts";
import { Turns } from "../index/turns.ts";
import type { Contender, Strategy } from "./strategy.ts";

/** Fill first: the cheap ones as long as any of them can serve, the paid ones only then. */
export const priority: Strategy = {
  type: "priority",
  summary: "Uses the smallest 'priority' number that can serve, by weighted turns among its equals",
  options: {},
  create: () => ({
    picker() {
      const turns = new Turns();
      return {
        pick: (eligible) => turns.pick(firstOf(eligible)),
        started: (chosen, eligible) => turns.started(chosen, firstOf(eligible)),
      };
    },
    seeker: (candidates, _slots, phase) =>
      new TurnQueue(candidates, phase, { rankOf: ({ endpoint }) => endpoint.priority }),
  }),
};

function firstOf(eligible: readonly Contender[]): readonly Contender[] {
  let first = Infinity;
  for (const { candidate } of eligible) first = Math.min(first, candidate.endpoint.priority);
  return eligible.filter(({ candidate }) => candidate.endpoint.priority === first);
}
