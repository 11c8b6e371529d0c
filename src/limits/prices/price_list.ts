import { remember } from "../../core/memory/remember.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import { type ModelMatch, type ModelTest, modelTest } from "./model_match.ts";
import priceData from "./price_data.json" with { type: "json" };
import { type Rates, ratesOf, type WrittenRate } from "./rates.ts";

/** Vendors' list prices at one time: the data that is shipped, made by `tools/update_prices.ts`. */
interface PriceData {
  readonly source: string;
  readonly date: string;
  readonly vendors: readonly {
    readonly id: string;
    /** Regular expression that the beginning of its API's URL matches. */
    readonly url: string;
    /** Vendors whose models it resells at their prices. */
    readonly others?: readonly string[];
    readonly models: readonly {
      readonly id: string;
      readonly match: ModelMatch;
      /** Of several that hold, the last counts. */
      readonly prices: readonly TimedPrices[];
    }[];
  }[];
}

interface TimedPrices {
  /** First day, UTC: `2026-07-30`. */
  readonly from?: string;
  /** Times of day, UTC, `00:30:00Z`: from the first on until the second, over midnight where that is earlier. */
  readonly between?: readonly string[];
  readonly rates: Readonly<Record<string, WrittenRate | undefined>>;
}

// The inferred type of a thousand literals says less, and takes the checker long.
const DATA = priceData as unknown as PriceData;

/** What the prices are from and of which day, for showing. */
export const PRICE_SOURCE: { readonly source: string; readonly date: string } = {
  source: DATA.source,
  date: DATA.date,
};

/** Ids of the vendors whose list prices are known. */
export const PRICED_VENDORS: readonly string[] = DATA.vendors.map(({ id }) => id);

/** Most names of models whose prices are remembered for each vendor, those that have none included: clients invent names. */
const MAX_REMEMBERED = 5_000;

/** Longest name of a model that is looked up, in characters. */
const MAX_NAME_LENGTH = 256;

interface PricedModel {
  readonly test: ModelTest;
  readonly times: readonly (Omit<TimedPrices, "rates"> & { readonly rates: Rates })[];
}

/** One vendor's list, read when it is first asked for. */
class VendorPrices {
  readonly #vendor: PriceData["vendors"][number];
  readonly #known = new Map<string, PricedModel | undefined>();
  #models: readonly PricedModel[] | undefined;

  constructor(vendor: PriceData["vendors"][number]) {
    this.#vendor = vendor;
  }

  find(model: string): PricedModel | undefined {
    if (this.#known.has(model)) return this.#known.get(model);
    this.#models ??= this.#vendor.models.map(({ match, prices }) => ({
      test: modelTest(match),
      times: prices.map(({ rates, ...when }) => ({ ...when, rates: ratesOf(rates) })),
    }));
    const found = this.#models.find(({ test }) => test(model));
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(model, found);
    return found;
  }

  get others(): readonly string[] {
    return this.#vendor.others ?? [];
  }
}

const VENDORS = new Map(DATA.vendors.map((vendor) => [vendor.id, new VendorPrices(vendor)]));
const ADDRESSES = DATA.vendors.map(({ id, url }) => ({ id, pattern: new RegExp(`^(?:${url})`) }));

/** URLs whose vendor is remembered: as many as the upstreams of a large configuration. */
const REMEMBERED_URLS = 5_000;

/** The vendor whose API is at a URL; undefined: none whose prices are known. */
export const vendorAt: (url: string) => string | undefined = remember(
  (url) => ADDRESSES.find(({ pattern }) => pattern.test(url))?.id,
  REMEMBERED_URLS,
);

/** A vendor's list prices for a model at `timeMs` (wall clock); undefined: it has none that is known. */
export function listRates(vendor: string, model: string, timeMs: number): Rates | undefined {
  const list = VENDORS.get(vendor);
  if (list === undefined || model.length > MAX_NAME_LENGTH) return undefined;
  let found = list.find(model);
  for (const other of list.others) found ??= VENDORS.get(other)?.find(model);
  if (found === undefined) return undefined;
  const now = utcTime(timeMs);
  return found.times.findLast((times) => holds(times, now))?.rates ?? found.times[0]?.rates;
}

/** `now` as `2026-07-30T00:30:00.000Z`: its parts compare as texts do. */
function holds({ from, between }: Omit<TimedPrices, "rates">, now: string): boolean {
  if (from !== undefined) return now.slice(0, 10) >= from;
  const [start, end] = between ?? [];
  if (start === undefined || end === undefined) return true;
  const time = now.slice(11, 19);
  const isOver = time >= start.slice(0, 8);
  const isBefore = time < end.slice(0, 8);
  return end < start ? isOver || isBefore : isOver && isBefore;
}
