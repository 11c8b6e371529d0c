import assert from "node:assert/strict";
import { TenantRates } from "../../../src/gateway/under_way/tenant_rates.ts";

const NOTHING = { requests: 0, tokens: 0, refusedByVendor: 0, refusedByGateway: 0 };

Deno.test("a tenant's refusals are told apart: the gateway's own, and those that vendors asked for", () => {
  const rates = new TenantRates();
  for (let times = 0; times < 5; times++) rates.began("web", 1_000);
  rates.used("web", 700, 2_000);
  rates.failed("web", "rate_limited", false, 2_000);
  rates.failed("web", "concurrency_limited", false, 2_000);
  rates.failed("web", "budget_exceeded", false, 2_000);
  rates.failed("web", "rate_limited", true, 2_000);
  rates.failed("web", "model_not_allowed", false, 2_000);
  const told = { requests: 5, tokens: 700, refusedByVendor: 1, refusedByGateway: 3 };
  assert.deepEqual(rates.read("web", 59_000), { current: told, peak: told });
  assert.deepEqual(rates.read("batch", 59_000), { current: NOTHING, peak: NOTHING });
  assert.deepEqual(rates.read("web", 600_000), { current: NOTHING, peak: told });
});

Deno.test("only tenants that are there and have sent something are remembered", () => {
  const rates = new TenantRates();
  rates.began("web", 0);
  rates.began("batch", 0);
  rates.retain([{ name: "web" }]);
  // What its last requests come to is told after the tenant is gone.
  rates.used("batch", 700, 0);
  rates.failed("batch", "rate_limited", true, 0);
  assert.deepEqual(rates.read("batch", 0).peak, NOTHING);
  assert.equal(rates.read("web", 0).current.requests, 1);
});
