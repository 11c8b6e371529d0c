import { byDraws, drawSome } from "../index/draws.ts";
import { peakEwma } from "../loads/peak_ewma.ts";
import type { Contender, PickContext, Strategy } from "./strategy.ts";

/** How many are compared: drawn, not all, so that many gateways do not all run to the one that has most left. */
const DRAWS = 4;

/** Shares of a limit nearer than this count as equal: vendors' counters lag behind by as much. */
const TIE = 0.05;

/**
 * Quota before speed: of a few draws by weight the one with the largest share of its limit left, and of equals
 * the one that has answered soonest of late. A key that refuses looks idle and fast, so load comes second.
 */
export const headroom: Strategy = {
  type: "headroom",
  summary: "Of a few drawn by weight, takes the one with most of its limit left, then the fastest",
  options: {},
  create: () => byDraws((draw, context) => bestOf(drawSome(draw, DRAWS), context)),
};

function bestOf(drawn: readonly Contender[], { quota, model, nowMs }: PickContext): Contender | undefined {
  const shares = drawn.map(({ candidate }) => quota.headroom(candidate, candidate.model ?? model, nowMs));
  const most = Math.max(...shares);
  let best: Contender | undefined;
  let bestLoad = Infinity;
  for (const [at, contender] of drawn.entries()) {
    if ((shares[at] ?? 0) < most - TIE) continue;
    const load = peakEwma.read(contender.candidate.endpoint.load, nowMs);
    if (load < bestLoad) {
      best = contender;
      bestLoad = load;
    }
  }
  return best;
}
