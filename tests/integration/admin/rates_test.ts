import assert from "node:assert/strict";
import { answer, CHAT_ANSWER, errorAnswer } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";

const WEB = "sk-web-tenant-key-000001";

async function chat(gateway: TestGateway, model: string): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${WEB}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
  });
  await response.text();
  return response.status;
}

Deno.test("rates a minute tell our refusals from the vendor's, for keys, pools and tenants", async () => {
  const minute = () => Math.floor(performance.now() / 60_000);
  const before = minute();
  try {
    await holdsAgainstRates();
  } catch (error) {
    // A clock minute that ends in between parts what would else be one peak.
    if (minute() === before) throw error;
    await holdsAgainstRates();
  }
});

async function holdsAgainstRates(): Promise<void> {
  await using good = await fakeUpstream(answer(CHAT_ANSWER));
  const slowDown = { message: "slow down", code: "rate_limit_exceeded" };
  await using full = await fakeUpstream(errorAnswer(429, slowDown, { "retry-after": "40" }));
  const provider = "openai_compatible";
  const pools = [
    { name: "a", provider, upstreams: [good.url], keys: ["sk-a"], models: ["a"] },
    { name: "b", provider, upstreams: [full.url], keys: ["sk-b"], models: ["b"] },
  ].map((pool) => ({ ...pool, retry: { wait: "0s" } }));
  const limits = { models: { a: { requestsPerMinute: 2 } } };
  await using gateway = await startGateway({
    config: { tenants: [{ name: "web", keys: [WEB], limits }, { name: "other", keys: [`${WEB}-2`] }], pools },
  });
  assert.deepEqual([await chat(gateway, "a"), await chat(gateway, "a")], [200, 200]);
  assert.deepEqual(
    [await chat(gateway, "a"), await chat(gateway, "a")],
    [429, 429],
    "for the tenant's limit",
  );
  assert.equal(await chat(gateway, "b"), 429, "for the vendor's");
  assert.equal(await chat(gateway, "b"), 429, "for a key that rests: nobody is asked");
  assert.equal(full.deliveries.length, 1);
  await gateway.records();
  const told = async (path: string) => (await askGatewayAdmin(gateway, path)).json;
  const web = await told("/admin/tenants/web");
  const counts = { requests: 6, tokens: 10, refusedByVendor: 1, refusedByGateway: 3 };
  assert.deepEqual(at(web, "perMinute"), { current: counts, peak: counts });
  const nothing = { requests: 0, tokens: 0, refusedByVendor: 0, refusedByGateway: 0 };
  assert.deepEqual(at(await told("/admin/tenants"), "tenants.0.perMinute"), {
    ...{ current: nothing, peak: nothing },
  });
  const byPool = at(await told("/admin/pools"), "pools");
  assert.deepEqual(Array.isArray(byPool) && byPool.map((pool) => at(pool, "perMinute")), [
    { requests: 2, tokens: 10, refusedByVendor: 0, refusedByGateway: 0, peakRefusedByGateway: 0 },
    { requests: 1, tokens: 0, refusedByVendor: 1, refusedByGateway: 1, peakRefusedByGateway: 1 },
  ]);
  const byKey = at(await told("/admin/endpoints"), "endpoints");
  assert.deepEqual(Array.isArray(byKey) && byKey.map((endpoint) => at(endpoint, "perMinute.peak")), [
    { requests: 2, tokens: 10, refusedByVendor: 0 },
    { requests: 1, tokens: 0, refusedByVendor: 1 },
  ]);
}
