import assert from "node:assert/strict";
import { chatEvent, eventStream } from "../support/fake_upstream_script.ts";
import { fakeUpstream } from "../support/fake_upstream.ts";
import { startGateway } from "../support/start_gateway.ts";
import { until } from "../support/until.ts";

const OLD = "tenant-key-that-is-revoked-1";
const KEPT = "tenant-key-that-is-kept-0001";

function config(url: string, keys: string[]) {
  return {
    tenants: [{ name: "web", keys }],
    pools: [{ provider: "openai_compatible", upstreams: [{ url }], models: ["m"] }],
  };
}

Deno.test("a reload that revokes a tenant key cuts its stream and the upstream's, and leaves the others'", async () => {
  await using upstream = await fakeUpstream(
    eventStream([chatEvent({ content: "Hello" })], [{ do: "stall" }]),
  );
  await using gateway = await startGateway({ config: config(upstream.url, [OLD, KEPT]), asFile: true });
  const open = async (key: string) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: '{"model":"m","stream":true,"messages":[]}',
    });
    const reader = response.body?.getReader();
    assert.ok(reader);
    await reader.read();
    return reader;
  };
  const revoked = await open(OLD);
  const kept = await open(KEPT);
  assert.equal(upstream.openConnections, 2);
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(config(upstream.url, [KEPT])));
  await gateway.server.reload();
  assert.match(new TextDecoder().decode((await revoked.read()).value), /"code":"invalid_api_key"/);
  await assert.rejects(revoked.read());
  await until(() => upstream.openConnections === 1, "the revoked stream's upstream is let go");
  assert.equal(gateway.server.gateway.inFlight, 1);
  await kept.cancel();
});
