import assert from "node:assert/strict";
import { chatEvent, eventStream, FAULTS } from "../../support/fake_upstream_script.ts";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { askChat } from "../../support/ask_chat.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const config = (url: string) => ({
  pools: [{ name: "a", provider: "openai_compatible", upstreams: [url], models: ["m"] }],
});

async function only(gateway: TestGateway): Promise<unknown> {
  const { json } = await askGatewayAdmin(gateway, "/admin/requests?model=m");
  assert.equal(at(json, "matching"), 1);
  return at(json, "requests.0");
}

const cancel = (gateway: TestGateway, id: unknown) =>
  askGatewayAdmin(gateway, `/admin/requests/${id}/cancel`, {});

Deno.test("a request that waits for its upstream is shown, and cancelled with an answer in the client's format", async () => {
  await using upstream = await fakeUpstream(FAULTS.silent);
  await using gateway = await startGateway({ config: config(upstream.url) });
  const answer = askChat({ url: gateway.url, key: gateway.key, model: "m", stream: false });
  await until(() => upstream.deliveries.length === 1, "the upstream is asked");
  const request = await only(gateway);
  assert.deepEqual([at(request, "phase"), at(request, "pool"), at(request, "tenant")], [
    "asked",
    "a",
    "default",
  ]);
  assert.deepEqual((await cancel(gateway, at(request, "id"))).json, { cancelled: true });
  const { status, text } = await answer;
  assert.equal(status, 403);
  assert.equal(at(JSON.parse(text), "error.code"), "request_cancelled");
  await until(() => upstream.openConnections === 0, "the upstream is let go");
  const [record] = await gateway.records();
  assert.deepEqual([at(record, "status"), at(record, "outcome"), at(record, "error")], [
    403,
    "rejected",
    "request_cancelled",
  ]);
  assert.equal((await cancel(gateway, at(request, "id"))).status, 404);
});

Deno.test("what a cancelled request sent counts in its tenant's limits as in the ledger, and its attempts are recorded", async () => {
  await using upstream = await fakeUpstream(FAULTS.silent);
  const key = "sk-web-tenant-key-000001";
  await using gateway = await startGateway({
    config: {
      ...config(upstream.url),
      tenants: [{ name: "web", keys: [key], limits: { tokensPerMinute: 10_000, bytesPerMinute: 10_000 } }],
    },
  });
  const answer = askChat({ url: gateway.url, key, model: "m", stream: false });
  await until(() => upstream.deliveries.length === 1, "the upstream is asked");
  await cancel(gateway, at(await only(gateway), "id"));
  assert.equal((await answer).status, 403);
  const [record] = await gateway.records();
  assert.equal(at(record, "attempts.length"), 1);
  gateway.server.gateway.settleAccounts();
  const { json: usage } = await askGatewayAdmin(gateway, "/admin/usage");
  const counted = Number(at(usage, "rows.0.inputTokens"));
  assert.ok(counted > 0, "the ledger counts what was sent");
  const { json } = await askGatewayAdmin(gateway, "/admin/tenants/web/limits");
  assert.equal(at(json, "limits.0.used"), counted);
  assert.ok(Number(at(json, "limits.1.used")) > 0, "bytes went by");
});

Deno.test("a stream that has begun says inside it that it was cancelled, and is recorded so", async () => {
  await using upstream = await fakeUpstream(
    eventStream([chatEvent({ content: "Hello" })], [{ do: "stall" }]),
  );
  await using gateway = await startGateway({ config: config(upstream.url) });
  const answer = askChat({ url: gateway.url, key: gateway.key, model: "m", stream: true });
  await until(async () => {
    const { json } = await askGatewayAdmin(gateway, "/admin/requests");
    return at(json, "requests.0.phase") === "answering" && Number(at(json, "requests.0.answerBytes")) > 0;
  }, "the stream is under way");
  await cancel(gateway, at(await only(gateway), "id"));
  assert.match((await answer).text, /Hello[^]*"code":"request_cancelled"/);
  const [record] = await gateway.records();
  assert.deepEqual([at(record, "outcome"), at(record, "error")], ["truncated", "request_cancelled"]);
});

Deno.test("a request whose body is still on its way can be cancelled, and reaches no upstream", async () => {
  await using upstream = await fakeUpstream(FAULTS.ok);
  await using gateway = await startGateway({ config: config(upstream.url) });
  const { port } = gateway.server.address;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\n` +
    `content-type: application/json\r\ncontent-length: 500\r\n\r\n{"model":"m"`;
  await connection.write(new TextEncoder().encode(text));
  let id: unknown;
  await until(async () => {
    const { json } = await askGatewayAdmin(gateway, "/admin/requests");
    id = at(json, "requests.0.id");
    return at(json, "requests.0.phase") === "reading";
  }, "the request is under way");
  await cancel(gateway, id);
  const buffer = new Uint8Array(4096);
  const sizeBytes = await connection.read(buffer) ?? 0;
  assert.match(new TextDecoder().decode(buffer.subarray(0, sizeBytes)), /^HTTP\/1.1 403 /);
  assert.equal(upstream.deliveries.length, 0);
});
