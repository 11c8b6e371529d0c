import assert from "node:assert/strict";
import { PriceBook, type PricedAttempt, type PriceSettings } from "../../../src/limits/prices/price_book.ts";
import { ratesOf } from "../../../src/limits/prices/rates.ts";

const USAGE = { inputTokens: 1_000, outputTokens: 0 };

function costOf(attempt: Partial<PricedAttempt>, settings: Partial<PriceSettings> = {}): number | undefined {
  const book = new PriceBook({ own: [], pools: new Map(), tenantsPpm: new Map(), ...settings });
  return book.cost({
    tenant: "web",
    pool: "p",
    provider: "openai",
    url: "https://api.openai.com/v1",
    models: ["gpt-4o-2024-08-06", "our-name"],
    vendorTier: undefined,
    timeMs: 1_795_824_000_000,
    ...attempt,
  }, USAGE);
}

const own = (model: string, input: number, tiersPpm = {}) => ({ model, rates: ratesOf({ input }), tiersPpm });
const poolOf = (prices: string | undefined, multiplierPpm = 1_000_000) =>
  new Map([["p", { prices, multiplierPpm }]]);

Deno.test("the list of the vendor at the address holds, by the model it says it used", () => {
  assert.equal(costOf({}), 2_500_000);
  assert.equal(costOf({ models: ["gpt-4o"] }), 2_500_000);
});

Deno.test("the operator's prices go before it, exact names before patterns", () => {
  assert.equal(costOf({}, { own: [own("gpt-*", 1), own("gpt-4o-2024-08-06", 3)] }), 3_000_000);
  assert.equal(costOf({}, { own: [own("our-*", 7)] }), 7_000_000);
});

Deno.test("unknown is unknown, and never 0", () => {
  assert.equal(costOf({ models: ["our-name"] }), undefined);
  assert.equal(costOf({ url: "http://10.0.0.5/v1" }), undefined);
  assert.equal(costOf({ models: [] }), undefined);
});

Deno.test("a pool says whose list holds, or that it is free", () => {
  const url = "http://10.0.0.5/v1";
  assert.equal(costOf({ url }, { pools: poolOf("openai") }), 2_500_000);
  assert.equal(costOf({ url }, { pools: poolOf("free") }), 0);
  assert.equal(costOf({ url }, { pools: poolOf("free"), own: [own("gpt-*", 1)] }), 1_000_000);
  assert.equal(costOf({ url, provider: "simulated" }), 0);
});

Deno.test("factors of pool and tenant multiply", () => {
  const tenantsPpm = new Map([["web", 2_000_000]]);
  assert.equal(costOf({}, { pools: poolOf(undefined, 500_000), tenantsPpm }), 2_500_000);
  assert.equal(costOf({ tenant: "other" }, { tenantsPpm }), 2_500_000);
});

Deno.test("tiers cost what is known of them; for another tier no price is known", () => {
  assert.equal(costOf({ vendorTier: "default" }), 2_500_000);
  assert.equal(costOf({ vendorTier: "flex" }), 1_250_000);
  assert.equal(costOf({ vendorTier: "priority" }), undefined);
  const dearer = own("gpt-4o-2024-08-06", 1, { priority: 1_700_000 });
  assert.equal(costOf({ vendorTier: "priority" }, { own: [dearer] }), 1_700_000);
});
