import type { RequestEstimate } from "../../balancing/quota/quota_view.ts";
import type { Tier } from "../../balancing/tier.ts";
import { type PriceOf, usdMicrosOf } from "../../limits/token_price.ts";

/** Pool and model of every target that tiers can reach, by the tiers: found once for all requests of a plan. */
const targets = new WeakMap<readonly Tier[], readonly Target[]>();

interface Target {
  readonly pool: string;
  /** Undefined: the model that the request asks for. */
  readonly model: string | undefined;
}

/**
 * What the request costs at most at the dearest target it can reach, in millionths of a dollar; undefined where the
 * price of one of them is unknown: the request may end there.
 */
export function dearestPrice(
  tiers: readonly Tier[],
  model: string | undefined,
  estimate: RequestEstimate,
  priceOf: PriceOf | undefined,
): number | undefined {
  let dearest = 0;
  for (const target of targetsOf(tiers)) {
    const asked = target.model ?? model;
    const price = asked === undefined ? undefined : priceOf?.(asked, target.pool);
    if (price === undefined) return undefined;
    dearest = Math.max(dearest, usdMicrosOf(price, estimate.inputTokens, estimate.outputTokens));
  }
  return dearest;
}

function targetsOf(tiers: readonly Tier[]): readonly Target[] {
  const known = targets.get(tiers);
  if (known !== undefined) return known;
  const found = new Map<string, Target>();
  for (const tier of tiers) {
    for (const { endpoint: { pool }, model } of tier.candidates) {
      found.set(JSON.stringify([pool, model]), { pool, model });
    }
  }
  const list = [...found.values()];
  targets.set(tiers, list);
  return list;
}
