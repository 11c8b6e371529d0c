import assert from "node:assert/strict";
import { renderUsage } from "../../../src/cli/usage/render_usage.ts";
import { usage } from "../../../src/cli/usage/usage.ts";
import { startGateway } from "../../support/start_gateway.ts";
import { talkingIo } from "../talking_io.ts";

Deno.test("usage: asks the gateway and prints its answer as JSON or CSV", async () => {
  await using gateway = await startGateway({
    config: { pools: [{ provider: "simulated", models: ["simulated-*"] }] },
  });
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "simulated-mini", messages: [{ role: "user", content: "Hi" }] }),
  });
  await response.arrayBuffer();
  await gateway.records();
  const io = talkingIo({ TIDEGATE_ADMIN_TOKEN: gateway.server.dataDir.adminToken.reveal() });
  assert.equal(await usage(["--url", gateway.url], io), 0);
  const { rows } = JSON.parse(io.out());
  assert.deepEqual([rows[0].model, rows[0].requests, rows[0].costUsd], ["simulated-mini", 1, 0]);
  const csv = talkingIo({ TIDEGATE_ADMIN_TOKEN: gateway.server.dataDir.adminToken.reveal() });
  assert.equal(await usage(["--url", gateway.url, "--csv", "--by", "pool"], csv), 0);
  assert.match(csv.out(), /^pool,requests,.*\r\nsimulated,1,/);
  const wrong = talkingIo({ TIDEGATE_ADMIN_TOKEN: gateway.server.dataDir.adminToken.reveal() });
  assert.equal(await usage(["--url", gateway.url, "--by", "colour"], wrong), 1);
  assert.match(wrong.talk(), /'by' takes tenant/);
});

Deno.test("usage: a wrong option, and no gateway", async () => {
  assert.equal(await usage(["--colour"], talkingIo({})), 2);
  assert.equal(await usage(["--json", "--csv"], talkingIo({})), 2);
  const io = talkingIo({ TIDEGATE_ADMIN_TOKEN: "x" });
  assert.equal(await usage(["--url", "http://127.0.0.1:1"], io), 69);
});

Deno.test("usage: a table with its sums for a person", () => {
  const text = renderUsage({
    from: "a",
    to: "b",
    rows: [
      { tenant: "web", requests: 2, costUsd: 0.5 },
      { tenant: "a\u001b[2J", requests: 1, costUsd: 0.25 },
    ],
    prices: { source: "s", date: "2026-09-23" },
  });
  assert.match(text, /tenant +requests/);
  assert.match(text, /all +3 .*0\.7500/);
  assert.doesNotMatch(text, new RegExp(String.fromCharCode(27)));
  assert.match(renderUsage({ from: "a", to: "b" }), /Nothing was used/);
});
