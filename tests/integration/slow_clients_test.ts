import assert from "node:assert/strict";

import { type RawClient, rawClient, statusOf } from "../support/raw_client.ts";
import { testListener } from "../support/test_listener.ts";
import { until } from "../support/until.ts";

/** Deadlines that let these tests end within seconds; the real ones are ten times as long. */
const SHORT = { headMs: 2_000, checkEveryMs: 200, bodyStallMs: 2_000, lingerMs: 1_000, keepAliveMs: 1_000 };

const HALVES: readonly string[] = [
  "",
  "GET /v1/x HT",
  "GET /v1/x HTTP/1.1\r\nHost: a\r\nX-Half: ",
  "POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf a bo",
  "POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
];

/** Sends a byte now and then until the peer ends the connection, which it must within `endMs`. */
async function drip(client: RawClient, text: string, endMs: number): Promise<void> {
  const startMs = performance.now();
  while (!client.isEnded && await client.send(text)) {
    assert.ok(performance.now() - startMs < endMs, "the connection is still open");
    await until(() => client.isEnded || performance.now() % 100 < 50, "a little later");
    await until(() => client.isEnded || performance.now() % 100 >= 50, "a little later");
  }
}

Deno.test("a head that drips in is closed with 408 at its deadline, however steadily it drips", async () => {
  await using gate = await testListener({ limits: SHORT });
  const client = await rawClient(gate.port);
  await client.send("GET /v1/x HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  await drip(client, "a", 4_000);
  await client.ended;
  assert.equal(statusOf(client.received), 408);
  assert.deepEqual(gate.reached, []);
  client.close();
});

Deno.test("a body that drips in below the least speed is closed with 408, however steadily it drips", async () => {
  await using gate = await testListener({ limits: SHORT });
  const client = await rawClient(gate.port);
  await client.send("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  await drip(client, "a", 5_000);
  await client.ended;
  assert.equal(statusOf(client.received), 408);
  client.close();
});

Deno.test("an upload and a streamed answer that take longer than every deadline are not cut", async () => {
  const limits = { headMs: 400, checkEveryMs: 50, bodyStallMs: 400, writeStallMs: 400, keepAliveMs: 400 };
  await using gate = await testListener({
    limits,
    dataPlane: async (exchange) => {
      let sizeBytes = 0;
      for await (const chunk of exchange.body()) sizeBytes += chunk.length;
      exchange.head(200, {});
      for (let i = 0; i < 12; i++) {
        const nextMs = performance.now() + 100;
        exchange.write(new TextEncoder().encode(`tick ${i}\n`));
        await until(() => performance.now() >= nextMs, "the next tick");
      }
      exchange.end(new TextEncoder().encode(`size ${sizeBytes}`));
    },
  });
  const client = await rawClient(gate.port);
  await client.send("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 12000\r\n\r\n");
  for (let i = 0; i < 12; i++) {
    const nextMs = performance.now() + 100;
    await client.send(new Uint8Array(1000));
    await until(() => performance.now() >= nextMs, "the next piece");
  }
  await until(() => client.received.endsWith("0\r\n\r\n"), "the answer is whole");
  assert.match(client.received, /tick 11\n[^]*size 12000/);
  client.close();
});

Deno.test("a connection that idles after an answer is closed", async () => {
  await using gate = await testListener({ limits: SHORT });
  const client = await rawClient(gate.port);
  await client.send("GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => client.received.endsWith("ok 0"), "the answer");
  await client.ended;
  client.close();
});

/** Opens `count` clients that stop in the middle, checks that others are served meanwhile, and that all are closed in time. */
async function siege(count: number, limits: typeof SHORT | undefined, endMs: number): Promise<void> {
  await using gate = await testListener(limits === undefined ? {} : { limits });
  const startMs = performance.now();
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = await rawClient(gate.port);
    clients.push(client);
    await client.send(HALVES[i % HALVES.length] ?? "");
  }
  let slowestMs = 0;
  let served = 0;
  while (clients.some((client) => !client.isEnded)) {
    const askedMs = performance.now();
    assert.ok(
      askedMs - startMs < endMs,
      `${clients.filter((client) => !client.isEnded).length} are still open`,
    );
    assert.equal(await (await fetch(`${gate.url}/v1/served`)).text(), "ok 0");
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    served++;
    const nextMs = askedMs + 20;
    await until(() => performance.now() >= nextMs, "the next request of others");
  }
  assert.ok(slowestMs < 1_000, `a request of others took ${slowestMs} ms`);
  assert.ok(served > 10);
  await until(() => gate.listener.inFlight === 0, "nothing is left in flight");
  const statuses = new Set(clients.map((client) => statusOf(client.received)));
  assert.deepEqual([...statuses], [408]);
  for (const client of clients) client.close();
}

Deno.test("200 clients that stop in the middle are all closed in time, and others are served meanwhile", async () => {
  await siege(200, SHORT, 6_000);
});

Deno.test({
  name:
    "2,000 clients that stop in the middle are closed within 30 s by the real deadlines, and others are served meanwhile",
  ignore: Deno.env.get("TIDEGATE_PROVE") === undefined,
  fn: () => siege(2_000, undefined, 35_000),
});
