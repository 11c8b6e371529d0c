/** What a model's tokens cost, in millionths of a dollar for a million of them. */
export interface TokenPrice {
  readonly inputUsdMicrosPerMTok: number;
  readonly outputUsdMicrosPerMTok: number;
}

/** What a pool charges for a model, by the name the pool is asked with; undefined: nobody knows. */
export type PriceOf = (model: string, pool: string) => TokenPrice | undefined;

const MTOK = 1_000_000;

/** The price of so many tokens, in whole millionths of a dollar, rounded up. */
export function usdMicrosOf(price: TokenPrice, inputTokens: number, outputTokens: number): number {
  const { inputUsdMicrosPerMTok, outputUsdMicrosPerMTok } = price;
  return Math.ceil((inputTokens * inputUsdMicrosPerMTok + outputTokens * outputUsdMicrosPerMTok) / MTOK);
}
