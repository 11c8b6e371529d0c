import { matcherOf } from "../../core/pattern.ts";
import type { Usage } from "../../core/answer.ts";
import { costNanos, ONE_PPM } from "./cost.ts";
import { listRates, vendorAt } from "./price_list.ts";
import type { Rates } from "./rates.ts";

/** A model's prices as the operator says them, before any list. */
export interface OwnPrices {
  /** Name or pattern with `*`. */
  readonly model: string;
  readonly rates: Rates;
  /** Factors of service tiers, in parts per million, by the vendor's word. */
  readonly tiersPpm: Readonly<Record<string, number>>;
}

/** How a pool is priced. */
export interface PoolPrices {
  /** `free`, or the vendor whose list holds; undefined: found by its upstreams' URLs. */
  readonly prices: string | undefined;
  /** Factor in parts per million. */
  readonly multiplierPpm: number;
}

/** What is known of an attempt that is priced. */
export interface PricedAttempt {
  readonly tenant: string;
  readonly pool: string;
  readonly provider: string;
  /** Base URL of its upstream. */
  readonly url: string;
  /** Names of the model, the surest first: the one that the vendor says it used, the one it was asked for. */
  readonly models: readonly string[];
  readonly vendorTier: string | undefined;
  /** Wall clock. */
  readonly timeMs: number;
}

/** What the operator's config says of prices. */
export interface PriceSettings {
  readonly own: readonly OwnPrices[];
  readonly pools: ReadonlyMap<string, PoolPrices>;
  /** Factors in parts per million, of tenants that have one. */
  readonly tenantsPpm: ReadonlyMap<string, number>;
}

/** Words that mean another price than the list's; other words are the usual tier. */
const DEARER_OR_CHEAPER = new Set(["priority", "flex", "batch", "fast", "performance"]);

/**
 * Factors of service tiers that hold for a whole vendor, in parts per million: OpenAI and Anthropic price batches at a
 * half and OpenAI `flex` like batches (their pricing pages); Groq prices `flex` like the usual tier (its service tier page).
 */
const VENDORS_TIERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  openai: { flex: 500_000, batch: 500_000 },
  azure: { batch: 500_000 },
  anthropic: { batch: 500_000 },
  groq: { flex: ONE_PPM },
};

/** What answers cost, by one generation's config and the lists that are shipped. */
export class PriceBook {
  readonly #settings: PriceSettings;
  readonly #exact: ReadonlyMap<string, OwnPrices>;
  readonly #patterns: readonly { readonly own: OwnPrices; readonly matches: (model: string) => boolean }[];

  constructor(settings: PriceSettings) {
    this.#settings = settings;
    this.#exact = new Map(settings.own.map((own) => [own.model, own]));
    this.#patterns = settings.own.filter(({ model }) => model.includes("*"))
      .map((own) => ({ own, matches: matcherOf([own.model]) }));
  }

  /** In whole nanodollars; undefined where the price is not known. */
  cost(attempt: PricedAttempt, usage: Usage): number | undefined {
    const { tenant, pool, provider, url, models, vendorTier: tier, timeMs } = attempt;
    const poolPrices = this.#settings.pools.get(pool);
    const factors = [poolPrices?.multiplierPpm ?? ONE_PPM, this.#settings.tenantsPpm.get(tenant) ?? ONE_PPM];
    const own = this.#own(models);
    const vendor = poolPrices?.prices ?? vendorAt(url);
    const isOther = tier !== undefined && DEARER_OR_CHEAPER.has(tier);
    const tierPpm = isOther
      ? own?.tiersPpm[tier] ?? (own === undefined ? VENDORS_TIERS[vendor ?? ""]?.[tier] : undefined)
      : ONE_PPM;
    if (own === undefined && (vendor === "free" || provider === "simulated")) return 0;
    if (tierPpm === undefined) return undefined;
    const rates = own?.rates ?? (vendor === undefined ? undefined : firstOf(models, vendor, timeMs));
    return rates && costNanos(usage, rates, [tierPpm, ...factors]);
  }

  #own(models: readonly string[]): OwnPrices | undefined {
    for (const model of models) {
      const own = this.#exact.get(model) ?? this.#patterns.find(({ matches }) => matches(model))?.own;
      if (own !== undefined) return own;
    }
    return undefined;
  }
}

function firstOf(models: readonly string[], vendor: string, timeMs: number): Rates | undefined {
  for (const model of models) {
    const rates = listRates(vendor, model, timeMs);
    if (rates !== undefined) return rates;
  }
  return undefined;
}
