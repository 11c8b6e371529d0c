import { TurnQueue } from "../index/turn_queue.ts";
import { Turns } from "../index/turns.ts";
import type { Strategy } from "./strategy.ts";

/** Turns in proportion to weight; `Turns` tells of the order in small tiers, `TurnQueue` of that in large ones. */
export const weightedRoundRobin: Strategy = {
  type: "weighted_round_robin",
  summary: "Takes turns in proportion to weight, spread evenly",
  options: {},
  create: () => ({
    picker: () => new Turns(),
    seeker: (candidates, _slots, phase) => new TurnQueue(candidates, phase),
  }),
};
