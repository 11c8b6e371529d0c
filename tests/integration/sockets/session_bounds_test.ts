import assert from "node:assert/strict";
import { closeOf, frameBytes, OPCODES } from "../../support/sockets/frames.ts";
import { openWebSocket } from "../../support/sockets/open_web_socket.ts";
import { rawSocket } from "../../support/sockets/raw_socket.ts";
import { socketUpstream } from "../../support/sockets/socket_upstream.ts";
import { at, startGateway, type TestGatewayOptions } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const REALTIME = "/v1/realtime?model=m";
const OLD = "tenant-key-that-is-revoked-1";
const KEPT = "tenant-key-that-is-kept-0001";

/** More than the sockets' buffers of both hops take by themselves. */
const FLOOD_BYTES = 64 * 1024 * 1024;

/** What the system and the streams of three connections may hold of it. */
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;

function options(url: string, more: Record<string, unknown> = {}): TestGatewayOptions {
  return {
    config: {
      tenants: [{ name: "web", keys: [OLD, KEPT] }],
      pools: [{ provider: "openai_compatible", upstreams: [{ url }], models: ["m"] }],
      ...more,
    },
  };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Sends frames of 64 KiB until the peer takes no more for a while; bytes that were taken. */
async function flood(socket: import("node:net").Socket, masked: boolean): Promise<number> {
  const frame = frameBytes(OPCODES.binary, new Uint8Array(65_536), { masked });
  let written = 0;
  let movedMs = performance.now();
  const fill = () => {
    movedMs = performance.now();
    while (written < FLOOD_BYTES) {
      written += frame.length;
      if (!socket.write(frame)) return;
    }
  };
  socket.on("drain", fill);
  fill();
  await until(() => written >= FLOOD_BYTES || performance.now() - movedMs > 500, "no more is taken");
  socket.off("drain", fill);
  return written;
}

Deno.test("a client that does not read stops the upstream, and memory stays flat", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await startGateway(options(upstream.url));
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  const session = await upstream.session(0);
  client.parses = false;
  client.socket.pause();
  const taken = await flood(session.socket, false);
  assert.ok(taken < MAX_BUFFERED_BYTES, `${taken} bytes were taken`);
  client.socket.resume();
  await until(() => client.receivedBytes === taken, "all that was sent has come");
  client.socket.destroy();
});

Deno.test("an upstream that does not read stops the client, and ten megabytes pass once it reads", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await startGateway(options(upstream.url));
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  const session = await upstream.session(0);
  session.parses = false;
  session.socket.pause();
  const taken = await flood(client.socket, true);
  assert.ok(taken < MAX_BUFFERED_BYTES, `${taken} bytes were taken`);
  session.socket.resume();
  await until(() => session.receivedBytes === taken, "all that was sent has come");
  client.socket.destroy();
});

Deno.test("a reload that revokes a tenant key closes its session with 1008 on both sides, and leaves the others'", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await startGateway({ ...options(upstream.url), asFile: true });
  const revoked = await openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(OLD) });
  const kept = await openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(KEPT) });
  const session = await upstream.session(0);
  const { config } = options(upstream.url, { tenants: [{ name: "web", keys: [KEPT] }] });
  await Deno.writeTextFile(gateway.configFile, JSON.stringify(config));
  await gateway.server.reload();
  assert.deepEqual(await revoked.closed, { code: 1008, reason: "The API key was revoked" });
  assert.deepEqual(closeOf(await session.frame(0)), { code: 1008, reason: "The API key was revoked" });
  session.socket.end();
  await until(() => gateway.server.gateway.inFlight === 1, "the session is over");
  kept.socket.send("still here");
  await (await upstream.session(1)).frame(0);
  kept.socket.close();
  (await upstream.session(1)).socket.destroy();
  await kept.closed;
  const [record] = await gateway.records();
  assert.equal(at(record, "status"), 101);
  assert.equal(at(record, "outcome"), "truncated");
  assert.equal(at(record, "error"), "invalid_api_key");
});

Deno.test("at the end of a shutdown's grace sessions are closed with 1001, and none holds the end up", async () => {
  await using upstream = await socketUpstream();
  const gateway = await startGateway(options(upstream.url));
  const open = await openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(KEPT) });
  const deaf = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  deaf.socket.pause();
  const startMs = performance.now();
  await gateway.server.close(50);
  assert.ok(performance.now() - startMs < 5_000);
  assert.equal((await open.closed).code, 1001);
  deaf.socket.destroy();
  await gateway[Symbol.asyncDispose]();
});

Deno.test("no close frame is put into the middle of another one", async () => {
  await using upstream = await socketUpstream();
  const gateway = await startGateway(options(upstream.url));
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  const session = await upstream.session(0);
  await session.write(frameBytes(OPCODES.text, new Uint8Array(100)).subarray(0, 50));
  await until(() => client.receivedBytes === 50, "half a frame has come");
  await gateway.server.close(0);
  await until(() => client.ended !== undefined, "the session is over");
  assert.equal(client.receivedBytes, 50);
  assert.equal(closeOf(await session.frame(0))?.code, 1001);
  await gateway[Symbol.asyncDispose]();
});

Deno.test("a session in which nothing moves is closed with 1001; pings keep one open", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await startGateway(
    options(upstream.url, { defaults: { deadlines: { socketIdle: "400ms" } } }),
  );
  const idle = await openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(KEPT) });
  const pinged = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  const second = await upstream.session(1);
  let isClosed = false;
  const closed = idle.closed.then((how) => {
    isClosed = true;
    return how;
  });
  const longMs = performance.now() + 1_000;
  await until(async () => {
    await second.send(OPCODES.ping, "");
    return isClosed && performance.now() > longMs;
  }, "the idle one is closed and twice its time has passed");
  assert.equal((await closed).code, 1001);
  (await upstream.session(0)).socket.end();
  assert.equal(pinged.ended, undefined);
  pinged.socket.destroy();
  const [record] = await gateway.records();
  assert.equal(at(record, "error"), "upstream_timeout");
  assert.equal(at(record, "attempts.0.outcome.class"), "client_gone");
});

Deno.test("an open session is in flight, is not cut by the deadlines of requests, and too many are told to come back", async () => {
  await using upstream = await socketUpstream();
  const limits = { headMs: 200, checkEveryMs: 20, keepAliveMs: 100, bodyStallMs: 100, maxSockets: 1 };
  await using gateway = await startGateway({ ...options(upstream.url), limits });
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  assert.equal(gateway.server.gateway.inFlight, 1);
  const second = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  assert.match(second.head, /^HTTP\/1.1 503 [^]*retry-after: 1/);
  const session = await upstream.session(0);
  const longMs = performance.now() + 600;
  await until(() => performance.now() > longMs, "all those deadlines have passed");
  await session.send(OPCODES.text, "still here");
  await client.frame(0);
  client.socket.destroy();
  await until(() => gateway.server.gateway.inFlight === 0, "the session is over");
  const third = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(KEPT) });
  assert.match(third.head, / 101 /);
  third.socket.destroy();
});
