import type { PriceSettings } from "../limits/prices/price_book.ts";
import type { Config } from "./config.ts";

/** What a config says of prices, as the price book takes it. */
export function priceSettings({ prices, pools, tenants }: Config): PriceSettings {
  return {
    own: prices,
    pools: new Map(pools.map(({ name, prices: list, priceMultiplierPpm: multiplierPpm }) => [
      name,
      { prices: list, multiplierPpm },
    ])),
    tenantsPpm: new Map(
      tenants.flatMap(({ name, priceMultiplierPpm }) =>
        priceMultiplierPpm === undefined ? [] : [[name, priceMultiplierPpm] as const] // a pair
      ),
    ),
  };
}
