import assert from "node:assert/strict";

import type { Exchange } from "../../../src/core/exchange.ts";
import { silentLog } from "../../../src/core/log.ts";
import { memoryObserver } from "../../../src/core/observe.ts";
import { systemRuntime } from "../../../src/core/time/system_runtime.ts";
import { listen, ListenError } from "../../../src/server/listener/listen.ts";
import { type RawClient, rawClient, statusOf } from "../../support/raw_client.ts";
import { testListener } from "../../support/test_listener.ts";
import { until } from "../../support/until.ts";

const GET = "GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n";

/** Sends one raw request and returns all that comes back until the answer's body or the connection ends. */
async function exchangeRaw(port: number, text: string): Promise<string> {
  const client = await rawClient(port);
  await client.send(text);
  await until(() => client.isEnded || /\r\n\r\n[^]/.test(client.received), "the answer arrives");
  const { received } = client;
  client.close();
  return received;
}

/** A data plane that answers when told. */
function heldPlane() {
  const held: Exchange[] = [];
  const releases: (() => void)[] = [];
  return {
    held,
    dataPlane: async (exchange: Exchange) => {
      held.push(exchange);
      await new Promise<void>((resolve) => {
        releases.push(resolve);
        exchange.onGone(resolve);
      });
      exchange.head(200, { "content-length": "4" });
      exchange.end(new TextEncoder().encode("done"));
    },
    release() {
      for (const resolve of releases.splice(0)) resolve();
    },
  };
}

Deno.test("data-plane paths go to the gateway and all others to the app", async () => {
  await using gate = await testListener();
  assert.equal(await (await fetch(`${gate.url}/v1/models?x=1`)).text(), "ok 0");
  assert.deepEqual(await (await fetch(`${gate.url}/healthz`)).json(), { status: "ok" });
  const absent = await fetch(`${gate.url}/v2/models`);
  assert.equal(absent.status, 404);
  assert.equal((await absent.json()).error.code, "not_found");
  assert.deepEqual(gate.reached, ["/v1/models"]);
});

Deno.test("an absolute target is routed by its path alone", async () => {
  await using gate = await testListener();
  const health = await exchangeRaw(gate.port, "GET http://evil.example/healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.match(health, /{"status":"ok"}/);
  await exchangeRaw(gate.port, "GET http://evil.example/v1/x HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.deepEqual(gate.reached, ["/v1/x"]);
});

Deno.test("pipelined requests are answered in order", async () => {
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      // The later, the sooner ready.
      for (let turns = 10 - Number(exchange.query); turns > 0; turns--) await Promise.resolve();
      exchange.head(200, {});
      exchange.end(new TextEncoder().encode(`<${exchange.query}>`));
    },
  });
  const client = await rawClient(gate.port);
  await client.send([1, 2, 3].map((n) => `GET /v1/x?${n} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  await until(() => client.received.includes("<3>"), "all are answered");
  assert.deepEqual(client.received.match(/<\d>/g), ["<1>", "<2>", "<3>"]);
  client.close();
});

Deno.test("over the cap of requests in flight the answer is 503 with a time to come back, and health still answers", async () => {
  const plane = heldPlane();
  await using gate = await testListener({ dataPlane: plane.dataPlane, limits: { maxInFlight: 2 } });
  const first = fetch(`${gate.url}/v1/a`);
  const second = fetch(`${gate.url}/v1/b`);
  await until(() => plane.held.length === 2, "two are in flight");
  const third = await fetch(`${gate.url}/v1/c`);
  assert.equal(third.status, 503);
  assert.equal(third.headers.get("retry-after"), "1");
  assert.equal((await third.json()).error.code, "overloaded");
  assert.equal(await fetch(`${gate.url}/healthz`).then((answer) => answer.text()), '{"status":"ok"}');
  plane.release();
  assert.equal(await (await first).text(), "done");
  assert.equal(await (await second).text(), "done");
  const fourth = fetch(`${gate.url}/v1/d`);
  await until(() => plane.held.length === 3, "there is room again");
  plane.release();
  assert.equal(await (await fourth).text(), "done");
});

Deno.test("over the cap of connections the reserve is told so, and beyond it nobody is let in", async () => {
  await using gate = await testListener({ limits: { maxConnections: 3, reservedConnections: 2 } });
  const clients: RawClient[] = [];
  for (let i = 0; i < 5; i++) clients.push(await rawClient(gate.port));
  await until(() => gate.listener.connections === 5, "five are connected");
  const sixth = await rawClient(gate.port);
  await sixth.ended;
  assert.equal(sixth.received, "");
  await clients[4]?.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  await until(
    () => clients[4]?.received.includes('{"status":"ok"}') ?? false,
    "health is answered in the reserve",
  );
  await clients[3]?.send(GET);
  await until(() => clients[3]?.isEnded ?? false, "the reserve is closed");
  assert.equal(statusOf(clients[3]?.received ?? ""), 503);
  clients[4]?.close();
  await until(() => gate.listener.connections === 3, "the reserve is free");
  await clients[0]?.send(GET);
  await until(() => clients[0]?.received.includes("ok 0") ?? false, "the others are served");
  for (const client of [...clients, sixth]) client.close();
});

Deno.test("a WebSocket upgrade is refused with 426 and the connection closed", async () => {
  await using gate = await testListener();
  const client = await rawClient(gate.port);
  await client.send(
    "GET /v1/realtime HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  await client.ended;
  assert.equal(statusOf(client.received), 426);
  assert.match(client.received, /"code":"upgrade_refused"/);
  assert.match(client.received, /connection: close/i);
  assert.deepEqual(gate.reached, []);
  client.close();
});

Deno.test("an offer of h2c is ignored and the request served, its body too", async () => {
  await using gate = await testListener();
  const received = await exchangeRaw(
    gate.port,
    "POST /v1/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
      "HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 3\r\n\r\nabc",
  );
  assert.match(received, /^HTTP\/1.1 200 [^]*ok 3$/);
});

Deno.test("CONNECT is answered with 405 and reaches nothing", async () => {
  await using gate = await testListener();
  const received = await exchangeRaw(gate.port, "CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal(statusOf(received), 405);
  assert.deepEqual(gate.reached, []);
});

Deno.test("too large a head and too many fields are 431", async () => {
  await using gate = await testListener();
  const large = await exchangeRaw(
    gate.port,
    `GET /v1/x HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(70_000)}\r\n\r\n`,
  );
  assert.equal(statusOf(large), 431);
  assert.match(large, /"code":"headers_too_large"/);
  const many = await exchangeRaw(gate.port, `GET /v1/x HTTP/1.1\r\nHost: a\r\n${"X: a\r\n".repeat(300)}\r\n`);
  assert.equal(statusOf(many), 431);
  const some = await exchangeRaw(gate.port, `GET /v1/x HTTP/1.1\r\nHost: a\r\n${"X: a\r\n".repeat(150)}\r\n`);
  assert.equal(statusOf(some), 200);
  const wide = await exchangeRaw(
    gate.port,
    `GET /v1/x HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(50_000)}\r\n\r\n`,
  );
  assert.equal(statusOf(wide), 200);
});

Deno.test("a data plane that throws is answered with 500 and logged with the id that the client sees", async () => {
  await using gate = await testListener({ dataPlane: () => Promise.reject(new Error("secret detail")) });
  const answer = await fetch(`${gate.url}/v1/x`);
  assert.equal(answer.status, 500);
  const text = await answer.text();
  assert.match(text, /"code":"internal_error"/);
  assert.doesNotMatch(text, /secret detail/);
  assert.equal(gate.lines[0]?.fields["requestId"], answer.headers.get("x-request-id"));
  assert.equal(gate.observer.read("internal_errors"), 1);
});

Deno.test("a data plane that throws in the middle of an answer cuts it", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.head(200, {});
      exchange.write(new TextEncoder().encode("part"));
      return Promise.reject(new Error("broken"));
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await client.ended;
  assert.match(client.received, /part\r\n$/);
  client.close();
});

Deno.test("a data plane that forgets its answer is a fault and not a hanging client", async () => {
  await using gate = await testListener({ dataPlane: () => Promise.resolve() });
  const answer = await fetch(`${gate.url}/v1/x`);
  assert.equal(answer.status, 500);
  await answer.body?.cancel();
});

Deno.test("a browser of an allowed origin gets its preflight and may read the answer, also an error", async () => {
  await using gate = await testListener({ origins: ["https://chat.example"] });
  const preflight = await fetch(`${gate.url}/v1/chat/completions`, {
    method: "OPTIONS",
    headers: {
      origin: "https://chat.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "https://chat.example");
  assert.equal(preflight.headers.get("access-control-allow-headers"), "authorization,content-type");
  const answer = await fetch(`${gate.url}/v1/x`, { headers: { origin: "https://chat.example" } });
  assert.equal(await answer.text(), "ok 0");
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://chat.example");
  const stranger = await fetch(`${gate.url}/v1/x`, { headers: { origin: "https://evil.example" } });
  await stranger.body?.cancel();
  assert.equal(stranger.headers.get("access-control-allow-origin"), null);
  assert.deepEqual(gate.reached, ["/v1/x", "/v1/x"]);
});

Deno.test("a taken port and a foreign address are one line that says what to do", async () => {
  await using gate = await testListener();
  await assert.rejects(testListener({ port: gate.port }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.match(
      error.message,
      /^Cannot listen on 127\.0\.0\.1:\d+: the port is taken .*--listen HOST:PORT\.$/,
    );
    return true;
  });
  const never = () => Promise.reject(new Error("unreached"));
  await assert.rejects(
    listen({
      host: "192.0.2.1",
      port: 0,
      app: never,
      dataPlane: never,
      isDataPlane: () => true,
      respondError: () => {},
      cors: () => undefined,
      runtime: systemRuntime(),
      log: silentLog,
      observer: memoryObserver(),
    }),
    (error) => error instanceof ListenError && /not an address of this machine/.test(error.message),
  );
});
