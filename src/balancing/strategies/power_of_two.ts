import { byDraws, drawSome } from "../index/draws.ts";
import { leastLoaded, loadOption, metricOf } from "../index/load_option.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Two draws, the less loaded wins (Mitzenmacher): nearly as even as looking at all, and many gateways side by
 * side do not all run to the one that looks idle. Draws go by weight, loads are compared as they are: dividing
 * them by the weights would count these twice.
 */
export const powerOfTwo: Strategy = {
  type: "power_of_two",
  summary: "Draws two by weight and takes the less loaded",
  options: { load: loadOption },
  create(options) {
    const metric = metricOf(options);
    return byDraws((draw, { nowMs }) => leastLoaded(drawSome(draw, 2), metric, nowMs)[0]);
  },
};
