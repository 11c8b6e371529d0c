import assert from "node:assert/strict";

import { rawClient } from "../support/raw_client.ts";
import { testListener } from "../support/test_listener.ts";
import { until } from "../support/until.ts";

const GET = "GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n";
const encode = (text: string) => new TextEncoder().encode(text);

/** A listener whose answers begin at once and end when told; `left` counts the clients that were lost. */
async function streamingGate() {
  const ends: (() => void)[] = [];
  const state = { begun: 0, left: 0 };
  const gate = await testListener({
    dataPlane: async (exchange) => {
      exchange.onGone(() => state.left++);
      exchange.head(200, { "content-type": "text/event-stream" });
      exchange.write(encode("data: 1\n\n"));
      state.begun++;
      await new Promise<void>((resolve) => {
        ends.push(resolve);
        exchange.onGone(resolve);
      });
      exchange.end(encode("data: [DONE]\n\n"));
    },
  });
  return {
    gate,
    state,
    endAll() {
      for (const end of ends.splice(0)) end();
    },
  };
}

Deno.test("while closing, a stream finishes and new connections are refused", async () => {
  const { gate, state, endAll } = await streamingGate();
  const client = await rawClient(gate.port);
  await client.send(GET);
  await until(() => client.received.includes("data: 1"), "the stream is under way");
  const closing = gate.listener.close(10_000);
  await assert.rejects(
    Deno.connect({ hostname: "127.0.0.1", port: gate.port }),
    Deno.errors.ConnectionRefused,
  );
  endAll();
  await client.ended;
  assert.match(client.received, /data: \[DONE\]\n\n\r\n0\r\n\r\n$/);
  await closing;
  assert.equal(state.left, 0);
  assert.equal(gate.listener.connections, 0);
  client.close();
});

Deno.test("while closing, idle and silent connections do not hold the end up", async () => {
  const { gate, endAll } = await streamingGate();
  const idle = await rawClient(gate.port);
  await idle.send(GET);
  await until(() => idle.received.includes("data: 1"), "its request is under way");
  endAll();
  await until(() => idle.received.includes("[DONE]"), "its request is over");
  const silent = await rawClient(gate.port);
  const half = await rawClient(gate.port);
  await half.send("GET /v1/x HT");
  await until(() => gate.listener.connections === 3, "all are connected");
  const startMs = performance.now();
  await gate.listener.close(10_000);
  assert.ok(performance.now() - startMs < 2_000);
  await Promise.all([idle.ended, silent.ended, half.ended]);
  for (const client of [idle, silent, half]) client.close();
});

Deno.test("at the end of the grace a stream is cut, visibly, and its request learns of it", async () => {
  const { gate, state } = await streamingGate();
  const client = await rawClient(gate.port);
  await client.send(GET);
  await until(() => client.received.includes("data: 1"), "the stream is under way");
  await gate.listener.close(100);
  await client.ended;
  assert.doesNotMatch(client.received, /0\r\n\r\n$/);
  await until(() => state.left === 1, "the request is told");
  client.close();
});

Deno.test("an open connection is still served after stopAccepting and asked to close", async () => {
  await using gate = await testListener();
  const client = await rawClient(gate.port);
  // Half a request keeps the connection from being closed as idle.
  await client.send("GET /v1/x HTTP/1.1\r\n");
  await until(() => gate.listener.connections === 1, "it is connected");
  gate.listener.stopAccepting();
  await client.send("Host: a\r\n\r\n");
  await client.ended;
  assert.match(client.received, /^HTTP\/1.1 200 [^]*connection: close[^]*ok 0$/i);
  client.close();
});

Deno.test("closing twice and closing with nothing open are both harmless", async () => {
  const gate = await testListener();
  await Promise.all([gate.listener.close(1_000), gate.listener.close(1_000)]);
  await gate.listener.close(0);
});

Deno.test("the port is free again after closing", async () => {
  const first = await testListener();
  await first.listener.close(1_000);
  await using second = await testListener({ port: first.port });
  assert.equal((await fetch(`${second.url}/healthz`).then((answer) => answer.json())).status, "ok");
});
