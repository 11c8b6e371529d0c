import assert from "node:assert/strict";
import { rawSocket } from "../../support/sockets/raw_socket.ts";
import { socketUpstream } from "../../support/sockets/socket_upstream.ts";
import { askGatewayAdmin } from "../../support/ask_gateway_admin.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const KEY = "sk-tenant-key-of-web-000";
const REALTIME = "/v1/realtime?model=m";

function limitedGateway(url: string, limits: Record<string, unknown>) {
  return startGateway({
    config: {
      prices: { m: { input: 100, output: 100 } },
      tenants: [{ name: "web", keys: [KEY], limits }],
      pools: [{ provider: "openai_compatible", upstreams: [{ url }], models: ["m"] }],
    },
  });
}

const open = ({ url }: { readonly url: string }) =>
  rawSocket(url, { path: REALTIME, headers: { authorization: `Bearer ${KEY}` } });

Deno.test("an open session takes one of its tenant's places, and gives it back when it is over", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await limitedGateway(upstream.url, { concurrency: 1 });
  const first = await open(gateway);
  assert.match(first.head, / 101 /);
  const second = await open(gateway);
  assert.match(second.head, / 429 /);
  await until(() => second.text.includes("concurrency_limited"), "the refusal has come");
  first.socket.destroy();
  await until(async () => {
    const { head, socket } = await open(gateway);
    socket.destroy();
    return head.includes(" 101 ");
  }, "there is room again");
});

Deno.test("a session is a request of its tenant's minute", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await limitedGateway(upstream.url, { requestsPerMinute: 1 });
  const first = await open(gateway);
  assert.match(first.head, / 101 [^]*x-ratelimit-remaining-requests: 0/i);
  first.socket.destroy();
  const second = await open(gateway);
  assert.match(second.head, / 429 /);
  await until(() => second.text.includes("rate_limited"), "the refusal has come");
});

Deno.test("a session that no upstream agrees to gives back everything but that it was a request", async () => {
  // Nobody listens there.
  await using gateway = await limitedGateway("http://127.0.0.1:9", {
    requestsPerMinute: 5,
    tokensPerMinute: 5_000,
    budget: { usd: 5 },
  });
  const { head } = await open(gateway);
  assert.match(head, / 50\d /);
  await gateway.server.gateway.idle();
  const { json } = await askGatewayAdmin(gateway, "/admin/tenants/web/limits");
  assert.deepEqual([0, 1, 2].map((limit) => at(json, `limits.${limit}.used`)), [1, 0, 0]);
});

Deno.test("a session has cost its estimate when it is over: it counts as spent, and a reset forgets it", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await limitedGateway(upstream.url, { budget: { usd: 5 } });
  const used = async () =>
    Number(at((await askGatewayAdmin(gateway, "/admin/tenants/web/limits")).json, "limits.0.used"));
  const { socket } = await open(gateway);
  assert.ok(await used() > 0);
  socket.destroy();
  await gateway.server.gateway.idle();
  assert.ok(await used() > 0, "the estimate stands");
  await askGatewayAdmin(gateway, "/admin/tenants/web/budget/reset", {});
  assert.equal(await used(), 0);
});
