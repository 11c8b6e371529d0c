import { TurnQueue } from "../index/turn_queue.ts";
import { Turns } from "../index/turns.ts";
import type { Strategy } from "./strategy.ts";

/** One after the other, whatever their weights, limits and failures; weight 0 still takes no traffic. */
export const roundRobin: Strategy = {
  type: "round_robin",
  summary: "Takes turns evenly, whatever the weights",
  options: {},
  create: () => ({
    picker: () => new Turns(() => 1),
    seeker: (candidates, _slots, phase) => new TurnQueue(candidates, phase, { even: true }),
  }),
};
