import { ONE_PPM } from "../../limits/prices/cost.ts";
import type { PoolConfig } from "../config.ts";
import { formatDuration } from "../schema/duration.ts";

/** What a pool says of prices and of answers whose clients have left, in the config's words. */
export function usageValues({ prices, priceMultiplierPpm, drain }: PoolConfig) {
  const most = drain?.maxTokens === undefined ? "" : `, at most ${drain.maxTokens} tokens`;
  return {
    prices: prices ?? "by address",
    priceMultiplier: priceMultiplierPpm / ONE_PPM,
    drain: drain === undefined ? "off" : `${formatDuration(drain.maxTimeMs)}${most}`,
  };
}
