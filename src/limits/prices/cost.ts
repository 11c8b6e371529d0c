import type { Usage } from "../../core/answer.ts";
import { priceIn, type RateName, type Rates } from "./rates.ts";

/** A factor of 1, in the parts per million that factors are counted in. */
export const ONE_PPM = 1_000_000;

const PICO_PER_NANO = 1000n;

/**
 * What an answer costs in whole nanodollars (10^-9 USD), times factors in parts per million. Undefined where tokens
 * were used for which there is no rate: what is unknown is never 0. Sums are whole numbers, rounded once at the end.
 */
export function costNanos(
  usage: Usage,
  rates: Rates,
  factorsPpm: readonly number[] = [],
): number | undefined {
  let pico = 0n;
  for (const [name, standIn, tokens] of partsOf(usage)) {
    if (tokens === 0) continue;
    const rate = rates[name] ?? (standIn && rates[standIn]);
    if (rate === undefined) return undefined;
    pico += BigInt(tokens) * BigInt(priceIn(rate, usage.inputTokens));
  }
  if (rates.thousandRequests !== undefined) pico += BigInt(rates.thousandRequests.base);
  let divisor = PICO_PER_NANO;
  for (const ppm of factorsPpm) {
    if (ppm === ONE_PPM) continue;
    pico *= BigInt(ppm);
    divisor *= BigInt(ONE_PPM);
  }
  return Number((pico + divisor / 2n) / divisor);
}

/** The tokens of an answer by what they are priced as, each counted once, and what stands in for a rate that is not there. */
function partsOf(usage: Usage): readonly (readonly [RateName, RateName | undefined, number])[] {
  const {
    inputTokens,
    outputTokens,
    cachedInputTokens = 0,
    cacheWriteTokens = 0,
    longCacheWriteTokens = 0,
    reasoningTokens = 0,
    audioInputTokens = 0,
    imageInputTokens = 0,
    audioOutputTokens = 0,
    imageOutputTokens = 0,
  } = usage;
  const input = [cachedInputTokens, cacheWriteTokens, audioInputTokens, imageInputTokens];
  const output = [reasoningTokens, audioOutputTokens, imageOutputTokens];
  const longWrites = Math.min(longCacheWriteTokens, cacheWriteTokens);
  return [
    // Vendors count cached audio both as cached and as audio: what is left is never below 0.
    ["input", undefined, restOf(inputTokens, input)],
    ["cachedInput", "input", cachedInputTokens],
    ["cacheWrite", "input", cacheWriteTokens - longWrites],
    ["longCacheWrite", "cacheWrite", longWrites],
    ["audioInput", "input", audioInputTokens],
    ["imageInput", "input", imageInputTokens],
    ["output", undefined, restOf(outputTokens, output)],
    ["reasoning", "output", reasoningTokens],
    ["audioOutput", "output", audioOutputTokens],
    ["imageOutput", "output", imageOutputTokens],
  ];
}

function restOf(total: number, parts: readonly number[]): number {
  return Math.max(0, parts.reduce((left, part) => left - part, total));
}

/** Nanodollars as US dollars, for showing. */
export function usdOf(nanos: number): number {
  return nanos / 1e9;
}
