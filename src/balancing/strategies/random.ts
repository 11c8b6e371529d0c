import { byDraws } from "../index/draws.ts";
import type { Strategy } from "./strategy.ts";

/** Draws in proportion to weight and keeps no state: what many gateways side by side can share without talking. */
export const random: Strategy = {
  type: "random",
  summary: "Draws at random in proportion to weight",
  options: {},
  create: () => byDraws((draw) => draw()),
};
