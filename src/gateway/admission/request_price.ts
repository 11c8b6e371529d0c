import type { RequestEstimate } from "../../balancing/quota/quota_view.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { PriceBook } from "../../limits/prices/price_book.ts";

/** Every target that tiers can reach, by the tiers: found once for all requests of a plan. */
const targets = new WeakMap<readonly Tier[], readonly Target[]>();

interface Target {
  readonly pool: string;
  readonly provider: string;
  readonly url: string;
  /** Undefined: the model that the request asks for. */
  readonly model: string | undefined;
}

/** The request whose price is asked. */
export interface PricedRequest {
  readonly tenant: string;
  readonly model: string | undefined;
  readonly estimate: RequestEstimate;
  /** Wall clock. */
  readonly timeMs: number;
}

/**
 * What the request costs at most at the dearest target it can reach, in whole millionths of a dollar, rounded up;
 * undefined where the price of one of them is unknown: the request may end there.
 */
export function dearestPrice(
  tiers: readonly Tier[],
  { tenant, model, estimate, timeMs }: PricedRequest,
  prices: PriceBook,
): number | undefined {
  let dearestNanos = 0;
  for (const target of targetsOf(tiers)) {
    const asked = target.model ?? model;
    const models = asked === undefined ? [] : [asked];
    const nanos = prices.cost({ ...target, tenant, models, vendorTier: undefined, timeMs }, estimate);
    if (nanos === undefined) return undefined;
    dearestNanos = Math.max(dearestNanos, nanos);
  }
  return Math.ceil(dearestNanos / 1000);
}

function targetsOf(tiers: readonly Tier[]): readonly Target[] {
  const known = targets.get(tiers);
  if (known !== undefined) return known;
  const found = new Map<string, Target>();
  for (const tier of tiers) {
    let last: Target | undefined;
    for (const { endpoint: { pool, provider, upstream: { url } }, model } of tier.candidates) {
      // An upstream's keys follow each other, fifty thousand perhaps: they are one target.
      const isLast = last?.url === url && last.pool === pool && last.provider === provider &&
        last.model === model;
      if (isLast) continue;
      last = { pool, provider, url, model };
      found.set(JSON.stringify([pool, provider, url, model]), last);
    }
  }
  const list = [...found.values()];
  targets.set(tiers, list);
  return list;
}
