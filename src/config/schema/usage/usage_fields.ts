import * as z from "zod";
import type { OwnPrices } from "../../../limits/prices/price_book.ts";
import { PRICED_VENDORS } from "../../../limits/prices/price_list.ts";
import { ONE_PPM } from "../../../limits/prices/cost.ts";
import { RATE_NAMES, type RateName, ratesOf } from "../../../limits/prices/rates.ts";
import type { DrainPolicy } from "../../../upstream/usage/tapped_call.ts";
import { duration, model, object, says, word } from "../fields.ts";

/** Highest price, in US dollars per million tokens: above all lists, and sums of it stay whole numbers. */
const MAX_PRICE = 100_000;

const price = () => z.number().min(0).max(MAX_PRICE);

const rate = z.union([
  price(),
  object({
    base: price().describe("The price of shorter requests."),
    above: z.array(z.tuple([z.int().min(1).max(1_000_000_000), price()])).min(1).max(10).describe(
      "Pairs of input tokens and the price of requests with more.",
    ),
  }),
], { error: says('must be US dollars per million tokens, or an object with "base" and "above"') });

const RATE_TEXTS: Readonly<Record<RateName, string>> = {
  input: "Input that is nothing of the below.",
  output: "Output that is nothing of the below.",
  cachedInput: "Input read from the vendor's cache; as input when omitted.",
  cacheWrite: "Input written to the cache; as input when omitted.",
  longCacheWrite: "The same for an hour; as cacheWrite when omitted.",
  reasoning: "Hidden thoughts; as output when omitted.",
  audioInput: "Speech heard; as input when omitted.",
  audioOutput: "Speech spoken; as output when omitted.",
  imageInput: "Pictures seen; as input when omitted.",
  imageOutput: "Pictures drawn; as output when omitted.",
  thousandRequests: "A thousand requests, beside their tokens.",
};

function rateFields() {
  const fields = RATE_NAMES.map((name) => [name, rate.optional().describe(RATE_TEXTS[name])]);
  // The entries are made of the very names.
  return Object.fromEntries(fields) as Record<RateName, z.ZodOptional<typeof rate>>;
}

/** A factor on prices. */
const multiplier = () => z.number().min(0).max(1000);

/** `prices` of the file. */
export const pricesFile = z.record(
  model(),
  object({
    ...rateFields(),
    tiers: z.record(z.string().min(1).max(64), multiplier()).optional().describe(
      'Factors of the vendor\'s service tiers, by its own word: { "priority": 2 }.',
    ),
  }),
).describe(
  "What models cost, in US dollars per million tokens, by name or pattern: before the list prices that come with Tidegate.",
);

/** `usage` of the file. */
export const usageFile = object({
  inject: z.boolean().default(true).describe(
    "false never asks for the usage of a streamed chat whose client does not: its cost is then estimated.",
  ),
}).describe("How what answers cost is found out.");

/** What a pool may say of prices and usage. */
export const poolUsageFields = {
  prices: word(["free", ...PRICED_VENDORS]).optional().describe(
    'Whose list prices hold: "free" for own servers, or a vendor; found by the upstream\'s address when omitted.',
  ),
  priceMultiplier: multiplier().default(1).describe("Factor on what its answers cost."),
  drain: object({
    after: word(["client_gone"]).default("client_gone").describe("When: the client has left."),
    maxTime: duration(1, 60_000).prefault("5s").describe("Longest time (default 5s)."),
    maxTokens: z.int().min(1).max(1_000_000).optional().describe("Most tokens of output, roughly."),
  }).optional().describe(
    "Reads an answer on although nobody waits for it, so that the vendor's own count is seen; the vendor may charge for what it writes meanwhile.",
  ),
};

/** What a tenant may say of prices. */
export const tenantUsageFields = {
  priceMultiplier: multiplier().optional().describe("Factor on what its requests cost; 1 when omitted."),
};

/** Gives the prices their units. */
export function ownPrices(file: z.output<typeof pricesFile>): OwnPrices[] {
  return Object.entries(file).map(([name, { tiers = {}, ...rates }]) => ({
    model: name,
    rates: ratesOf(rates),
    tiersPpm: Object.fromEntries(Object.entries(tiers).map(([tier, factor]) => [tier, ppm(factor)])),
  }));
}

/** A factor in whole parts per million. */
export function ppm(factor: number): number {
  return Math.round(factor * ONE_PPM);
}

/** Gives a pool's `drain` its units. */
export function drainPolicy(
  file: { readonly maxTime: number; readonly maxTokens?: number | undefined } | undefined,
): DrainPolicy | undefined {
  return file && { maxTimeMs: file.maxTime, maxTokens: file.maxTokens };
}
