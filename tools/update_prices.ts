/**
 * Writes `src/limits/prices/price_data.json` anew out of a version of the npm package `@pydantic/genai-prices`:
 * `deno run -A --no-lock tools/update_prices.ts 0.1.8 2026-09-23`, version and day of its release. The package is
 * asked for here alone and is no dependency; read the difference before it is committed: it changes what is billed.
 */

/** Vendors whose prices are taken; others price in ways of their own or are relays. */
const VENDORS = [
  ...["openai", "anthropic", "google", "azure", "deepseek", "mistral", "groq", "x-ai", "cohere", "together"],
  ...["fireworks", "cerebras", "perplexity", "moonshotai", "minimax", "zai", "novita", "openrouter"],
];

/** Our name of each kind of price that is counted in tokens, by the package's. */
const RATE_NAMES: Readonly<Record<string, string>> = {
  "input_mtok": "input",
  "output_mtok": "output",
  "cache_read_mtok": "cachedInput",
  "cache_write_mtok": "cacheWrite",
  "cache_write_1h_mtok": "longCacheWrite",
  "output_reasoning_mtok": "reasoning",
  "input_audio_mtok": "audioInput",
  "output_audio_mtok": "audioOutput",
  "input_image_mtok": "imageInput",
  "output_image_mtok": "imageOutput",
};

interface SourceTiers {
  readonly base: number;
  readonly tiers: readonly { readonly start: number; readonly price: number }[];
}

type SourcePrices = Readonly<Record<string, number | SourceTiers | undefined>>;

interface SourceConstraint {
  readonly type: string;
  readonly "start_date"?: string;
  readonly "start_time"?: string;
  readonly "end_time"?: string;
}

interface SourceModel {
  readonly id: string;
  readonly match: unknown;
  readonly prices:
    | SourcePrices
    | readonly { readonly constraint?: SourceConstraint; readonly prices: SourcePrices }[];
}

interface SourceVendor {
  readonly id: string;
  readonly "api_pattern": string;
  readonly models: readonly SourceModel[];
  readonly "fallback_model_providers"?: readonly string[];
}

/** A price in US dollars per million tokens, with what holds above so many input tokens. */
function rateOf(price: number | SourceTiers): unknown {
  if (typeof price === "number") return price;
  return { base: price.base, above: price.tiers.map(({ start, price: dearer }) => [start, dearer]) };
}

function ratesOf(prices: SourcePrices): Record<string, unknown> {
  const rates: Record<string, unknown> = {};
  for (const [name, price] of Object.entries(prices)) {
    const ours = RATE_NAMES[name];
    if (ours !== undefined && price !== undefined) rates[ours] = rateOf(price);
    if (name === "requests_kcount" && typeof price === "number") rates["thousandRequests"] = price;
  }
  return rates;
}

function modelOf({ id, match, prices }: SourceModel): unknown {
  const list = "input_mtok" in prices || !Array.isArray(prices)
    ? [{ prices: prices as SourcePrices }]
    : prices;
  const times = list.map(({ constraint, prices: each }) => {
    const rates = ratesOf(each);
    if (constraint?.type === "start_date") return { from: constraint.start_date, rates };
    if (constraint?.type === "time_of_date") {
      return { between: [constraint.start_time, constraint.end_time], rates };
    }
    return { rates };
  });
  return times.some(({ rates }) => Object.keys(rates).length > 0) ? { id, match, prices: times } : undefined;
}

function print(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): Promise<number> {
  return stream.write(new TextEncoder().encode(`${text}\n`));
}

const [version, released] = Deno.args;
if (version === undefined || released === undefined) {
  await print(Deno.stderr, "Say the package's version and its day: update_prices.ts 0.1.8 2026-09-23");
  Deno.exit(2);
}
// The specifier is put together here so that no lock file and no check of types asks for the package.
const { findProvider } = await import(`npm:@pydantic/genai-prices@${version}`) as {
  findProvider(by: { providerId: string }): SourceVendor | undefined;
};
const vendors = VENDORS.flatMap((providerId) => {
  const vendor = findProvider({ providerId });
  if (vendor === undefined) throw new RangeError(`The package knows no vendor '${providerId}'`);
  const models = vendor.models.map(modelOf).filter((model) => model !== undefined);
  const others = vendor.fallback_model_providers?.filter((id) => VENDORS.includes(id));
  return [{ id: vendor.id, url: vendor.api_pattern, others, models }];
});
const head = {
  source: `npm:@pydantic/genai-prices@${version}`,
  licence: "MIT, Copyright (c) Pydantic Services Inc. 2025 to present",
  version,
  date: released,
  unit: "US dollars per million tokens",
};
const lines = vendors.map(({ models, ...vendor }) =>
  `${JSON.stringify(vendor).slice(0, -1)},"models":[\n${
    models.map((model) => JSON.stringify(model)).join(",\n")
  }]}`
);
const text = `${JSON.stringify(head).slice(0, -1)},\n"vendors":[\n${lines.join(",\n")}]}\n`;
await Deno.writeTextFile(new URL("../src/limits/prices/price_data.json", import.meta.url), text);
await print(
  Deno.stdout,
  `${vendors.length} vendors, ${vendors.flatMap(({ models }) => models).length} models`,
);
