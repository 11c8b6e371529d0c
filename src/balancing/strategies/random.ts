import type { Strategy } from "./strategy.ts";

/** Draws in proportion to weight and keeps no state: what many gateways side by side can share without talking. */
export const random: Strategy = {
  type: "random",
  summary: "Draws at random in proportion to weight",
  create: () => ({
    pick(eligible, context) {
      let total = 0;
      for (const candidate of eligible) total += candidate.weight;
      let left = context.random() * total;
      for (const candidate of eligible) {
        left -= candidate.weight;
        if (left < 0) return candidate;
      }
      // Rounding may leave a rest of some 1e-16 after the last subtraction.
      return eligible.at(-1);
    },
    started() {},
  }),
};
