import assert from "node:assert/strict";
import { join } from "node:path";
import { fakeUpstream } from "../../support/fake_upstream.ts";
import { chatEvent, eventStream } from "../../support/fake_upstream_script.ts";
import { gatewayProcess } from "../../support/gateway_process.ts";
import { type RawClient, rawClient } from "../../support/raw_client.ts";
import { until } from "../../support/until.ts";

/** Streams at once, and the most that one may take, with what V8 has not yet collected. */
const [STREAMS, MOST_KB_EACH] = Deno.env.get("TIDEGATE_PROVE") === "1" ? [2_000, 120] : [300, 250];

const KEY = "sk-of-the-tenant-0123456789";

/** A stream that says one word and then thinks. */
const THINKING = eventStream([chatEvent({ role: "assistant", content: "Well" })], [{ do: "stall" }]);

const BODY = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "Hi" }] });
const REQUEST = [
  "POST /v1/chat/completions HTTP/1.1",
  "Host: a",
  `Authorization: Bearer ${KEY}`,
  "Content-Type: application/json",
  `Content-Length: ${BODY.length}`,
  "",
  BODY,
].join("\r\n");

/** Memory of a process, in KB. */
async function residentKb(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1]);
}

Deno.test({
  name: "streams that wait take little memory each",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    await using upstream = await fakeUpstream(THINKING);
    const directory = await Deno.makeTempDir({ prefix: "tidegate-test-" });
    const clients: RawClient[] = [];
    try {
      const config = {
        tenants: [{ name: "t", keys: [KEY], limits: { concurrency: 100_000 } }],
        pools: [{
          name: "p",
          provider: "openai_compatible",
          upstreams: [`${upstream.url}/v1`],
          keys: ["sk-of-the-pool-0001"],
          models: ["m"],
        }],
      };
      await Deno.writeTextFile(join(directory, "config.jsonc"), JSON.stringify(config));
      const args = ["serve", "--config", "config.jsonc", "--listen", "127.0.0.1:0", "--data-dir", "data"];
      await using gateway = gatewayProcess({ args, cwd: directory });
      const port = Number(new URL(await gateway.listening()).port);
      const open = async (count: number) => {
        const wanted = clients.length + count;
        while (clients.length < wanted) {
          const batch = Array.from({ length: Math.min(50, wanted - clients.length) }, async () => {
            const client = await rawClient(port);
            await client.send(REQUEST);
            return client;
          });
          clients.push(...await Promise.all(batch));
          await until(() => clients.every(({ received }) => received.includes("Well")), "all streams began");
        }
      };
      // What the first requests load and compile is no stream's own.
      await open(50);
      const beforeKb = await residentKb(gateway.pid);
      await open(STREAMS);
      const eachKb = (await residentKb(gateway.pid) - beforeKb) / STREAMS;
      await t.step(`${STREAMS} streams: ${eachKb.toFixed(0)} KB each`, () => {
        assert.ok(eachKb <= MOST_KB_EACH);
      });
    } finally {
      for (const client of clients) client.close();
      await Deno.remove(directory, { recursive: true });
    }
  },
});
