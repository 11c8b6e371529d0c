import assert from "node:assert/strict";
import { join } from "node:path";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { answer, CHAT_ANSWER } from "../../support/fake_upstream_script.ts";
import { type GatewayProcess, gatewayProcess } from "../../support/gateway_process.ts";

/** Kills of one run. */
const ROUNDS = Deno.env.get("TIDEGATE_PROVE") === "1" ? 50 : 3;

/** How long totals may wait to be written: the flush interval of `stores/write_behind.ts`, with room for a busy disk. */
const STATE_MS = 1_500;

const KEY = "sk-killed-tenant-key-0001";

async function asked(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: '{"model":"m","messages":[]}',
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
}

async function counted(url: string, folder: string): Promise<number> {
  const token = (await Deno.readTextFile(join(folder, "data", "admin.token"))).trim();
  const response = await fetch(`${url}/admin/usage`, { headers: { authorization: `Bearer ${token}` } });
  return (await response.json()).rows[0]?.attempts ?? 0;
}

Deno.test(`${ROUNDS} × kill -9: the ledger loses what one flush interval holds, and counts nothing twice`, async (t) => {
  await using upstream = await fakeUpstream(answer(CHAT_ANSWER));
  const folder = await Deno.makeTempDir({ prefix: "tidegate-test-" });
  const config = {
    tenants: [{ name: "web", keys: [KEY] }],
    pools: [{ provider: "openai_compatible", upstreams: [upstream.url], keys: ["sk-up"], models: ["m"] }],
    records: { enabled: false },
  };
  await Deno.writeTextFile(join(folder, "config.jsonc"), JSON.stringify(config));
  const start = (): GatewayProcess =>
    gatewayProcess({ args: ["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"], cwd: folder });
  let known = 0;
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      await t.step(`round ${round}`, async () => {
        const answeredMs: number[] = [];
        {
          await using process = start();
          const url = await process.listening();
          const endMs = performance.now() + STATE_MS + Math.random() * 1_000;
          while (performance.now() < endMs) {
            await asked(url);
            answeredMs.push(performance.now());
          }
          const killedMs = performance.now();
          process.kill("SIGKILL");
          await process.ended;
          const safe = answeredMs.filter((ms) => ms < killedMs - STATE_MS).length;
          await using next = start();
          const found = await counted(await next.listening(), folder);
          assert.ok(found >= known + safe, `${found} counted, ${known} + ${safe} were safe`);
          assert.ok(
            found <= known + answeredMs.length,
            `${found} counted, ${answeredMs.length} were answered`,
          );
          known = found;
        }
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
