import assert from "node:assert/strict";
import { GatewayError } from "../../../../src/core/errors.ts";
import type { UpgradeExchange } from "../../../../src/core/exchange.ts";
import { rawClient, statusOf } from "../../../support/raw_client.ts";
import { rawSocket } from "../../../support/sockets/raw_socket.ts";
import { testListener, type TestListenerOptions } from "../../../support/test_listener.ts";
import { until } from "../../../support/until.ts";

const WISH = "GET /v1/realtime HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** A listener that offers WebSockets at one path. */
function gateWith(take: (exchange: UpgradeExchange) => Promise<void>, more: TestListenerOptions = {}) {
  return testListener({ ...more, upgrades: { offeredAt: (path) => path === "/v1/realtime", take } });
}

/** Accepts and sends back what comes, until the client ends. */
function echo(exchange: UpgradeExchange): Promise<void> {
  return new Promise((resolve) => {
    const socket = exchange.accept({ "x-a": "1", "x-bad": "\u4e2d" });
    socket.take({
      data: (chunk) => void socket.write(chunk),
      drained() {},
      ended: () => socket.end(),
      closed: resolve,
    });
  });
}

Deno.test("an accepted socket gives the bytes that came early, then all others, and is in flight until it closes", async () => {
  await using gate = await gateWith(echo);
  const client = await rawClient(gate.port);
  await client.send(`${WISH}early `);
  await until(() => client.received.endsWith("early "), "the early bytes are back");
  await client.send("later");
  await until(() => client.received.endsWith("early later"), "the later ones too");
  assert.match(
    client.received,
    /^HTTP\/1.1 101 Switching Protocols\r\nx-a: 1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n/,
  );
  assert.equal(gate.listener.inFlight, 1);
  await client.finish();
  assert.equal(await client.ended, "closed");
  await until(() => gate.listener.inFlight === 0, "nothing is in flight");
  client.close();
});

Deno.test("what is thrown before the upgrade is an HTTP answer, and the connection is closed", async () => {
  await using gate = await gateWith(() => Promise.reject(new GatewayError("path_not_allowed", "No.")));
  const client = await rawClient(gate.port);
  await client.send(WISH);
  await client.ended;
  assert.equal(statusOf(client.received), 403);
  assert.match(client.received, /connection: close\r\n\r\n\{[^]*"code":"path_not_allowed"/);
  client.close();
});

Deno.test("one that is neither answered nor accepted is a fault of ours, told as 500", async () => {
  await using gate = await gateWith(() => Promise.resolve());
  const client = await rawClient(gate.port);
  await client.send(WISH);
  await client.ended;
  assert.equal(statusOf(client.received), 500);
  client.close();
});

Deno.test("a client that leaves or half-closes before its answer is noticed", async () => {
  let left = 0;
  await using gate = await gateWith((exchange) =>
    new Promise((resolve) =>
      exchange.onGone(() => {
        left++;
        assert.equal(exchange.gone, true);
        resolve();
      })
    )
  );
  for (const leave of ["finish", "close"] as const) {
    const client = await rawClient(gate.port);
    await client.send(WISH);
    await until(() => gate.listener.inFlight === 1, "it is in flight");
    await client[leave]();
    await until(() => gate.listener.inFlight === 0, "it is over");
    client.close();
  }
  assert.equal(left, 2);
});

Deno.test("a wish behind a request that is still under way is not taken up", async () => {
  const ends: (() => void)[] = [];
  await using gate = await gateWith(echo, {
    dataPlane: async (exchange) => {
      exchange.head(200, { "content-length": "2" });
      await new Promise<void>((resolve) => ends.push(resolve));
      exchange.end(new TextEncoder().encode("ok"));
    },
  });
  const client = await rawClient(gate.port);
  await client.send(`GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n${WISH}`);
  await until(() => ends.length === 1, "the first is under way");
  ends[0]?.();
  await client.ended;
  assert.match(client.received, /^HTTP\/1.1 200 [^]*okHTTP\/1.1 426 [^]*upgrade_refused/);
  client.close();
});

Deno.test("a wish on a connection that was used before is taken up; after the drain began it is told so", async () => {
  await using gate = await gateWith(echo);
  const client = await rawClient(gate.port);
  await client.send("GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(() => client.received.endsWith("ok 0"), "the first is answered");
  await client.send(WISH);
  await until(() => client.received.includes("HTTP/1.1 101 "), "the second is taken up");
  const late = await rawClient(gate.port);
  await late.send(WISH.slice(0, -2));
  await until(() => gate.listener.connections === 2, "it is connected");
  gate.listener.stopAccepting();
  await late.send("\r\n");
  await late.ended;
  assert.match(late.received, /^HTTP\/1.1 503 [^]*shutting_down/);
  for (const each of [client, late]) each.close();
});

Deno.test("closing the listener cuts sockets that are still open after the grace", async () => {
  const gate = await gateWith(echo);
  const client = await rawSocket(gate.url, { path: "/v1/realtime" });
  await gate.listener.close(20);
  await until(() => client.ended !== undefined, "it is cut");
  assert.equal(gate.listener.connections, 0);
});

Deno.test("a client that does not take its refusal is cut", async () => {
  const body = new Uint8Array(32 * 1024 * 1024);
  await using gate = await gateWith((exchange) => {
    exchange.head(400, { "content-length": String(body.length) });
    exchange.end(body);
    return Promise.resolve();
  }, { limits: { writeStallMs: 100 } });
  const client = await rawClient(gate.port, { isReading: false });
  await client.send(WISH);
  await until(() => gate.listener.inFlight === 1, "it is in flight");
  await until(() => gate.listener.inFlight === 0, "it is over");
  client.close();
});
