import assert from "node:assert/strict";
import { closeOf, closePayload, OPCODES } from "../../support/sockets/frames.ts";
import { openWebSocket } from "../../support/sockets/open_web_socket.ts";
import { fieldsOf, rawSocket } from "../../support/sockets/raw_socket.ts";
import { socketUpstream } from "../../support/sockets/socket_upstream.ts";
import { at, startGateway, type TestGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const REALTIME = "/v1/realtime?model=gpt-realtime";

function gatewayTo(url: string, more: Record<string, unknown> = {}): Promise<TestGateway> {
  return startGateway({
    config: {
      pools: [{
        provider: "openai",
        upstreams: [{ url }],
        keys: ["sk-vendor-key"],
        models: ["gpt-realtime"],
      }],
      ...more,
    },
  });
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

Deno.test("the subprotocol that the upstream chose reaches the client, and messages pass both ways", async () => {
  await using upstream = await socketUpstream(() => ({ protocol: "realtime" }));
  await using gateway = await gatewayTo(upstream.url);
  const client = await openWebSocket(`${gateway.url}${REALTIME}`, {
    headers: bearer(gateway.key),
    protocols: ["realtime", "other"],
  });
  assert.equal(client.socket.protocol, "realtime");
  const session = await upstream.session(0);
  assert.equal(upstream.handshakes[0]?.headers["sec-websocket-protocol"], "realtime, other");
  client.socket.send("hello");
  client.socket.send(Uint8Array.of(0, 255, 128));
  assert.equal(new TextDecoder().decode((await session.frame(0)).payload), "hello");
  assert.deepEqual([...(await session.frame(1)).payload], [0, 255, 128]);
  await session.send(OPCODES.text, '{"type":"session.created"}');
  await session.send(OPCODES.binary, Uint8Array.of(7, 0));
  await until(() => client.messages.length === 2, "both messages have come");
  assert.deepEqual(client.messages, ['{"type":"session.created"}', Uint8Array.of(7, 0)]);
  client.socket.close(1000);
  await session.frame(2);
  await session.send(OPCODES.close, closePayload(1000, ""));
  session.socket.end();
  assert.equal((await client.closed).code, 1000);
});

Deno.test("close code 4001 and its reason pass from the upstream to the client, and from the client to the upstream", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const open = () => openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(gateway.key) });
  const told = await open();
  const first = await upstream.session(0);
  await first.send(OPCODES.close, closePayload(4001, "session expired"));
  assert.deepEqual(closeOf(await first.frame(0))?.code, 4001);
  first.socket.end();
  assert.deepEqual(await told.closed, { code: 4001, reason: "session expired" });
  const telling = await open();
  const second = await upstream.session(1);
  telling.socket.close(4001, "had enough");
  assert.deepEqual(closeOf(await second.frame(0)), { code: 4001, reason: "had enough" });
  await second.send(OPCODES.close, closePayload(4001, "had enough"));
  second.socket.end();
  assert.deepEqual(await telling.closed, { code: 4001, reason: "had enough" });
  const records = await gateway.records();
  assert.deepEqual(records.map((record) => at(record, "outcome")), ["ok", "ok"]);
});

Deno.test("fragments, pings and bytes sent before the answer pass as they are", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const early = Uint8Array.of(0x81, 0x80, 0, 0, 0, 0);
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key), early });
  const session = await upstream.session(0);
  assert.equal((await session.frame(0)).payload.length, 0);
  await client.send(OPCODES.text, "one ", { fin: false });
  await client.send(OPCODES.ping, "are you there");
  await client.send(OPCODES.continuation, "two");
  await session.frame(3);
  assert.deepEqual(session.frames.slice(1).map(({ fin, opcode }) => [fin, opcode]), [[false, 1], [true, 9], [
    true,
    0,
  ]]);
  await session.send(OPCODES.pong, "are you there");
  await session.send(OPCODES.binary, new Uint8Array(70_000), { fin: false });
  await session.send(OPCODES.continuation, new Uint8Array(0));
  await client.frame(2);
  assert.deepEqual(client.frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.length]), [
    [true, 10, 13],
    [false, 2, 70_000],
    [true, 0, 0],
  ]);
  client.socket.destroy();
});

Deno.test("the answer carries the gateway's fields and none of the vendor's account", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
  assert.match(client.head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  const fields = fieldsOf(client.head);
  assert.equal(fields["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assert.equal(fields["upgrade"], "websocket");
  assert.equal(fields["x-upstream-request-id"], "req_vendor");
  assert.match(fields["x-request-id"] ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(fields["set-cookie"], undefined);
  assert.equal(fields["openai-organization"], undefined);
  client.socket.destroy();
});

Deno.test("a tenant key among the subprotocols opens a session and never reaches the upstream", async () => {
  await using upstream = await socketUpstream(() => ({ protocol: "realtime" }));
  await using gateway = await gatewayTo(upstream.url);
  const client = await openWebSocket(`${gateway.url}${REALTIME}`, {
    protocols: ["realtime", `openai-insecure-api-key.${gateway.key}`, "openai-organization.org-theirs"],
  });
  assert.equal(client.socket.protocol, "realtime");
  const { head } = await upstream.session(0);
  assert.doesNotMatch(head, new RegExp(gateway.key));
  assert.doesNotMatch(head, /insecure|org-theirs/);
  assert.match(head, /authorization: Bearer sk-vendor-key/i);
  assert.equal(fieldsOf(head)["sec-websocket-protocol"], "realtime");
  client.socket.close();
  (await upstream.session(0)).socket.destroy();
  await client.closed;
});

Deno.test("the client's own fields that are not the upstream's business do not pass", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const headers = {
    ...bearer(gateway.key),
    origin: "https://page.example",
    cookie: "a=b",
    "openai-beta": "realtime=v1",
    "sec-websocket-extensions": "permessage-deflate",
    "sec-fetch-mode": "websocket",
  };
  const client = await rawSocket(gateway.url, { path: `${REALTIME}&key=unknown-key&a=%20b`, headers });
  const [handshake] = upstream.handshakes;
  assert.equal(handshake?.target, `${REALTIME}&a=%20b`);
  for (const name of ["origin", "cookie", "sec-fetch-mode"]) {
    assert.equal(handshake?.headers[name], undefined, name);
  }
  assert.equal(handshake?.headers["openai-beta"], "realtime=v1");
  assert.equal(handshake?.headers["sec-websocket-extensions"], "permessage-deflate");
  assert.equal(handshake?.headers["connection"], "upgrade");
  client.socket.destroy();
});

Deno.test("the query names the target's model to the upstream, also where Azure's spelling named it", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url, {
    routes: [{ model: "voice", to: "openai/gpt-realtime" }],
  });
  const targets = [
    ["/v1/realtime?a=1&model=voice", "/v1/realtime?a=1&model=gpt-realtime"],
    ["/openai/v1/realtime?model=gpt-realtime", "/v1/realtime?model=gpt-realtime"],
    [
      "/openai/realtime?api-version=2025-04-01-preview&deployment=voice",
      "/v1/realtime?api-version=2025-04-01-preview&model=gpt-realtime",
    ],
    ["/proxy/openai/v1/realtime?model=gpt-realtime", "/v1/realtime?model=gpt-realtime"],
    ["/proxy/openai/ws/any.Service?alt=1", "/ws/any.Service?alt=1"],
  ];
  for (const [index, [path = "", target]] of targets.entries()) {
    const client = await rawSocket(gateway.url, { path, headers: { "api-key": gateway.key } });
    assert.match(client.head, / 101 /, path);
    assert.equal(upstream.handshakes[index]?.target, target);
    client.socket.destroy();
  }
});

Deno.test("a session is one record: status 101, its size each way, its attempt, no contents", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
  const session = await upstream.session(0);
  await client.send(OPCODES.text, "secret words");
  await session.frame(0);
  await session.send(OPCODES.text, "an answer");
  await client.frame(0);
  client.socket.destroy();
  const [record] = await gateway.records();
  assert.equal(at(record, "status"), 101);
  assert.equal(at(record, "outcome"), "client_gone");
  assert.equal(at(record, "format"), "openai_other");
  assert.equal(at(record, "method"), "GET");
  assert.equal(at(record, "path"), "/v1/realtime");
  assert.equal(at(record, "model"), "gpt-realtime");
  assert.equal(at(record, "request.sizeBytes"), 18);
  assert.equal(at(record, "response.sizeBytes"), 11);
  assert.equal(at(record, "attempts.0.outcome.class"), "client_gone");
  assert.doesNotMatch(JSON.stringify(record), /secret words|an answer/);
});

Deno.test("an upstream that drops the connection without closing the session is noted as broken", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await gatewayTo(upstream.url);
  const client = await openWebSocket(`${gateway.url}${REALTIME}`, { headers: bearer(gateway.key) });
  (await upstream.session(0)).socket.destroy();
  // What the platform's client says of a connection that ends without a close frame.
  assert.ok([0, 1006].includes((await client.closed).code));
  const [record] = await gateway.records();
  assert.equal(at(record, "outcome"), "truncated");
  assert.equal(at(record, "error"), "upstream_truncated");
  assert.equal(at(record, "attempts.0.outcome.class"), "broken");
});
