import assert from "node:assert/strict";
import { dearestPrice } from "../../../src/gateway/admission/request_price.ts";
import { candidateAt, tierInOrder } from "../../support/attempts_setup.ts";

const estimate = { requests: 1, inputTokens: 1_000, outputTokens: 500 } as const;

const PRICES: Readonly<Record<string, [number, number]>> = {
  cheap: [100_000, 400_000],
  dear: [2_500_000, 10_000_000],
};

const priceOf = (model: string) => {
  const [inputUsdMicrosPerMTok, outputUsdMicrosPerMTok] = PRICES[model] ?? [];
  return inputUsdMicrosPerMTok === undefined || outputUsdMicrosPerMTok === undefined
    ? undefined
    : { inputUsdMicrosPerMTok, outputUsdMicrosPerMTok };
};

const tiersOf = (...models: (string | undefined)[]) =>
  models.map((model, index) =>
    tierInOrder([candidateAt(`e${index}`, "http://a.test", model === undefined ? {} : { model })])
  );

Deno.test("a request is priced by the dearest target of all tiers, in whole millionths of a dollar", () => {
  assert.equal(dearestPrice(tiersOf("cheap", "dear"), undefined, estimate, priceOf), 7_500);
  assert.equal(dearestPrice(tiersOf(undefined), "cheap", estimate, priceOf), 300);
  assert.equal(
    dearestPrice(tiersOf("cheap"), undefined, { ...estimate, inputTokens: 1 }, priceOf),
    201,
    "rounded up",
  );
});

Deno.test("one target without a price leaves the request without one", () => {
  assert.equal(dearestPrice(tiersOf("cheap", "unknown"), undefined, estimate, priceOf), undefined);
  assert.equal(dearestPrice(tiersOf(undefined), undefined, estimate, priceOf), undefined);
  assert.equal(dearestPrice(tiersOf("cheap"), undefined, estimate, undefined), undefined);
});
