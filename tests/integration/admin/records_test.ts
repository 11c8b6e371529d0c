import assert from "node:assert/strict";
import { FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { askChat } from "../../support/ask_chat.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway } from "../../support/start_gateway.ts";

Deno.test("records are listed without bodies, and one is read whole by its id", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({
    config: {
      pools: [{ provider: "openai_compatible", upstreams: [upstream.url], models: ["m"] }],
    },
  });
  for (const model of ["m", "m", "unknown"]) {
    await askChat({ url: gateway.url, key: gateway.key, model, stream: false });
  }
  const records = await gateway.records();
  const list = await askGatewayAdmin(gateway, "/admin/records");
  assert.deepEqual([at(list.json, "records.length"), at(list.json, "nextCursor")], [3, null]);
  assert.equal(at(list.json, "records.0.model"), "unknown");
  assert.equal(at(list.json, "records.0.request"), undefined);
  const failed = await askGatewayAdmin(gateway, "/admin/records?status=404&outcome=rejected&model=unknown");
  assert.equal(at(failed.json, "records.length"), 1);
  const id = String(at(records[0], "id"));
  const one = await askGatewayAdmin(gateway, `/admin/records/${id}`);
  assert.deepEqual(one.json, records[0]);
  assert.equal((await askGatewayAdmin(gateway, "/admin/records/nothing")).status, 404);
  assert.equal((await askGatewayAdmin(gateway, "/admin/records?cursor=x")).status, 400);
  const hours = await askGatewayAdmin(gateway, "/admin/record-hours");
  assert.equal(at(hours.json, "hours.0.compressed"), false);
});

Deno.test("the status tells what readiness does, and how the process stands", async () => {
  await using gateway = await startGateway({ config: { pools: [] } });
  const { json } = await askGatewayAdmin(gateway, "/admin/status");
  assert.deepEqual([at(json, "ready"), at(json, "readiness.generation"), at(json, "inFlight")], [
    false,
    1,
    0,
  ]);
  assert.ok(Number(at(json, "memory.rssBytes")) > 1_000_000);
});
