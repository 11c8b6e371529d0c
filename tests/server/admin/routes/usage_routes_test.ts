import assert from "node:assert/strict";
import { GatewayError } from "../../../../src/core/errors.ts";
import { usageRoutes } from "../../../../src/server/admin/routes/usage_routes.ts";
import { fakeRuntime } from "../../../support/fake_runtime.ts";
import { rowOf, testLedger } from "../../../support/ledger/test_ledger.ts";

const runtime = fakeRuntime();
const ledger = testLedger(runtime);
ledger.enter(rowOf({ timeMs: runtime.now(), model: '=SUM("a")', costNanos: 1_234_567 }));
ledger.enter(rowOf({ timeMs: runtime.now(), tenant: "batch", costNanos: null }));
const [json, csv] = usageRoutes({ ledger, now: () => runtime.now() + 1 });

async function told(route: typeof json, query: Record<string, string>): Promise<unknown> {
  const checked = route?.query?.parse(query);
  return await route?.handle({
    params: {},
    query: checked,
    body: undefined,
    stream: (async function* () {})(),
    address: "",
  });
}

Deno.test("usage is told as JSON in the documented shape", async () => {
  const answer = await told(json, { by: "tenant", bucket: "hour" });
  const parsed = json?.answer?.parse(answer);
  assert.ok(typeof parsed === "object" && parsed !== null && "rows" in parsed && Array.isArray(parsed.rows));
  const [first, second] = parsed.rows;
  assert.deepEqual([first.time, first.tenant, first.costUsd], ["2026-01-01T00", "web", 0.001234567]);
  assert.deepEqual([second.tenant, second.costUsd, second.unpriced], ["batch", 0, 1]);
});

Deno.test("the CSV keeps every nanodollar, and a made-up name is no formula", async () => {
  const answer = await told(csv, { by: "model", tenant: "web" });
  assert.ok(typeof answer === "object" && answer !== null && "body" in answer);
  const [names, line, end] = String(answer.body).split("\r\n");
  assert.match(names ?? "", /^model,requests,.*,costUsd$/);
  assert.match(line ?? "", /^"'=SUM\(""a""\)",1,.*,0\.001234567$/);
  assert.equal(end, "");
});

Deno.test("a question that means nothing is refused, with the parameter named", async () => {
  for (const query of [{ from: "yesterday" }, { by: "colour" }, { from: "2026-02", to: "2026-01" }]) {
    await assert.rejects(told(json, query as Record<string, string>), (error) => {
      assert.ok(error instanceof GatewayError && error.detail.param !== undefined);
      return true;
    });
  }
});
