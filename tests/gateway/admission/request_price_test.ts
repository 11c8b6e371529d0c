import assert from "node:assert/strict";
import { dearestPrice } from "../../../src/gateway/admission/request_price.ts";
import { PriceBook } from "../../../src/limits/prices/price_book.ts";
import { ratesOf } from "../../../src/limits/prices/rates.ts";
import { candidateAt, tierInOrder } from "../../support/attempts_setup.ts";

const estimate = { requests: 1, inputTokens: 1_000, outputTokens: 500 } as const;

const prices = new PriceBook({
  own: [
    { model: "cheap", rates: ratesOf({ input: 0.1, output: 0.4 }), tiersPpm: {} },
    { model: "dear", rates: ratesOf({ input: 2.5, output: 10 }), tiersPpm: {} },
  ],
  pools: new Map(),
  tenantsPpm: new Map([["twice", 2_000_000]]),
});

const request = { tenant: "web", model: undefined, estimate, timeMs: 0 };

const tiersOf = (...models: (string | undefined)[]) =>
  models.map((model, index) =>
    tierInOrder([candidateAt(`e${index}`, "http://a.test", model === undefined ? {} : { model })])
  );

Deno.test("a request is priced by the dearest target of all tiers, in whole millionths of a dollar", () => {
  assert.equal(dearestPrice(tiersOf("cheap", "dear"), request, prices), 7_500);
  assert.equal(dearestPrice(tiersOf(undefined), { ...request, model: "cheap" }, prices), 300);
  const small = { ...request, estimate: { ...estimate, inputTokens: 1 } };
  assert.equal(dearestPrice(tiersOf("cheap"), small, prices), 201, "rounded up");
});

Deno.test("a tenant's own factor counts", () => {
  assert.equal(dearestPrice(tiersOf("cheap"), { ...request, tenant: "twice" }, prices), 600);
});

Deno.test("one target without a price leaves the request without one", () => {
  assert.equal(dearestPrice(tiersOf("cheap", "unknown"), request, prices), undefined);
  assert.equal(dearestPrice(tiersOf(undefined), request, prices), undefined);
});

Deno.test("every target of a tier counts, wherever it stands among its neighbours", () => {
  const at = (index: number, model: string) => candidateAt(`e${index}`, "http://a.test", { model });
  for (
    const models of [["dear", "cheap", "cheap"], ["cheap", "dear", "cheap"], ["cheap", "cheap", "dear"]]
  ) {
    const tiers = [tierInOrder(models.map((model, index) => at(index, model)))];
    assert.equal(dearestPrice(tiers, request, prices), 7_500, models.join(" "));
  }
});
