/** What is priced apart, per million tokens; `thousandRequests`: per thousand requests, whatever their length. */
export const RATE_NAMES = [
  "input",
  "output",
  "cachedInput",
  "cacheWrite",
  "longCacheWrite",
  "reasoning",
  "audioInput",
  "audioOutput",
  "imageInput",
  "imageOutput",
  "thousandRequests",
] as const;

/** One of {@link RATE_NAMES}. */
export type RateName = (typeof RATE_NAMES)[number];

/** A price in whole picodollars (10^-12 USD) a token, or a request. */
export interface Rate {
  readonly base: number;
  /** What a token costs instead where the request's whole input is longer than `tokens`; ascending. */
  readonly above: readonly { readonly tokens: number; readonly price: number }[];
}

/** What a model costs. A part without a rate of its own costs what `input` or `output` do. */
export type Rates = { readonly [name in RateName]?: Rate };

/** A price as data and config write it: US dollars per million tokens; per thousand requests for `thousandRequests`. */
export type WrittenRate = number | {
  readonly base: number;
  /** Pairs of input tokens and the price above so many. */
  readonly above: readonly (readonly number[])[];
};

/** Reads written prices; names that are none of {@link RATE_NAMES} are left out. */
export function ratesOf(written: Readonly<Record<string, WrittenRate | undefined>>): Rates {
  const rates: { [name in RateName]?: Rate } = {};
  for (const name of RATE_NAMES) {
    const rate = written[name];
    if (rate === undefined) continue;
    // A dollar for a million tokens is a million picodollars a token, one for a thousand requests 10^9 a request.
    const unit = name === "thousandRequests" ? 1e9 : 1e6;
    const { base, above } = typeof rate === "number" ? { base: rate, above: [] } : rate;
    rates[name] = {
      base: Math.round(base * unit),
      above: above.map(([tokens = 0, price = 0]) => ({ tokens, price: Math.round(price * unit) }))
        .sort((one, other) => one.tokens - other.tokens),
    };
  }
  return rates;
}

/** The price of a rate for a request of so many input tokens, in picodollars. */
export function priceIn(rate: Rate, inputTokens: number): number {
  return rate.above.findLast(({ tokens }) => inputTokens > tokens)?.price ?? rate.base;
}
