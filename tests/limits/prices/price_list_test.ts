import assert from "node:assert/strict";
import { readTime } from "../../../src/limits/ledger/read_time.ts";
import { listRates, PRICE_SOURCE, PRICED_VENDORS, vendorAt } from "../../../src/limits/prices/price_list.ts";

const at = (time: string) => readTime(time) ?? NaN;
const NOW = at("2026-11-28");
const inputOf = (vendor: string, model: string, timeMs = NOW) =>
  listRates(vendor, model, timeMs)?.input?.base;

Deno.test("the lists say where they are from", () => {
  assert.match(PRICE_SOURCE.source, /^npm:@pydantic\/genai-prices@\d/);
  assert.match(PRICE_SOURCE.date, /^\d{4}-\d\d-\d\d$/);
  assert.ok(PRICED_VENDORS.length >= 10);
});

Deno.test("models are found by their names, dated ones too, whatever their capitals", () => {
  assert.equal(inputOf("openai", "gpt-4o"), 2_500_000);
  assert.equal(inputOf("openai", "gpt-4o-2024-08-06"), 2_500_000);
  assert.equal(inputOf("openai", "GPT-4o"), 2_500_000);
  assert.equal(inputOf("openai", "gpt-4o-mini"), 150_000);
  assert.equal(inputOf("anthropic", "claude-3-7-sonnet-20250219"), 3_000_000);
  assert.equal(inputOf("google", "gemini-2.5-pro"), 1_250_000);
});

Deno.test("what no list knows has no price", () => {
  assert.equal(listRates("openai", "our-own-model", NOW), undefined);
  assert.equal(listRates("openai", "x".repeat(5_000), NOW), undefined);
  assert.equal(listRates("nobody", "gpt-4o", NOW), undefined);
});

Deno.test("a reseller has the models of others at their prices", () => {
  assert.equal(inputOf("azure", "gpt-4o-mini"), 150_000);
  assert.ok(inputOf("azure", "claude-3-7-sonnet-20250219") !== undefined);
});

Deno.test("prices by the time of day and from a day on hold then", () => {
  const cheap = inputOf("deepseek", "deepseek-chat", at("2026-11-28T12"));
  assert.ok(cheap !== undefined);
  // The list has two peaks a day for some models; at least one model changes its price within a day or over a year.
  const times = ["2025-01-01T12", "2025-07-01T12", "2026-06-01T12", "2026-08-30T02", "2026-08-30T12"];
  const changing = ["deepseek-chat", "deepseek-reasoner", "deepseek-v4-pro", "deepseek-v4-flash"].filter((
    model,
  ) => new Set(times.map((time) => inputOf("deepseek", model, at(time)))).size > 1);
  assert.ok(changing.length > 0);
});

Deno.test("a vendor is known by its address", () => {
  assert.equal(vendorAt("https://api.openai.com/v1"), "openai");
  assert.equal(vendorAt("https://api.anthropic.com"), "anthropic");
  assert.equal(vendorAt("https://generativelanguage.googleapis.com"), "google");
  assert.equal(vendorAt("https://team.openai.azure.com"), "azure");
  assert.equal(vendorAt("http://10.0.0.5:8000/v1"), undefined);
  assert.equal(vendorAt("https://relay.example/https://api.openai.com"), undefined);
});
