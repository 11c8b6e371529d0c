import assert from "node:assert/strict";
import { rawClient } from "../../support/raw_client.ts";
import { rawSocket } from "../../support/sockets/raw_socket.ts";
import {
  type Handshake,
  type HandshakeFate,
  refusalText,
  socketUpstream,
} from "../../support/sockets/socket_upstream.ts";
import { at, startGateway } from "../../support/start_gateway.ts";
import { until } from "../../support/until.ts";

const REALTIME = "/v1/realtime?model=gpt-realtime";
const KEYS = ["sk-vendor-key-1", "sk-vendor-key-2"];

const INVALID_KEY = { error: { message: "Incorrect API key provided", code: "invalid_api_key" } };
const LIMITED = { error: { message: "Rate limit reached", code: "rate_limit_exceeded" } };

function config(urls: readonly string[], more: Record<string, unknown> = {}) {
  return {
    defaults: { retry: { wait: "0s" } },
    pools: [{
      provider: "openai",
      upstreams: urls.map((url) => ({ url })),
      keys: KEYS,
      models: ["gpt-realtime"],
      balance: { strategy: "priority" },
    }],
    ...more,
  };
}

/** The handshake is taken up. */
const TAKEN: HandshakeFate = {};

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const keyOf = ({ headers }: Handshake) => (headers["authorization"] ?? "").slice("Bearer ".length);

Deno.test("a key that the upstream refuses is marked and the next key opens the session", async () => {
  await using upstream = await socketUpstream((handshake) =>
    keyOf(handshake) === KEYS[0] ? { answer: refusalText(401, INVALID_KEY) } : TAKEN
  );
  await using gateway = await startGateway({ config: config([upstream.url]) });
  const open = () => rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
  const first = await open();
  assert.match(first.head, / 101 [^]*x-tidegate-attempts: 2/);
  const second = await open();
  assert.match(second.head, / 101 [^]*x-tidegate-attempts: 1/);
  assert.deepEqual(upstream.handshakes.map(keyOf), [KEYS[0], KEYS[1], KEYS[1]]);
  for (const client of [first, second]) client.socket.destroy();
  const [record] = await gateway.records();
  assert.equal(at(record, "attempts.0.outcome.class"), "key_invalid");
  assert.equal(at(record, "attempts.1.outcome.class"), "client_gone");
});

Deno.test("an upstream that is not there, breaks off or says 200 is passed over for one that upgrades", async () => {
  const bad = ["", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 101 Nothing\r\n\r\n"];
  for (const answer of bad) {
    await using broken = await socketUpstream(({ session }) => {
      if (answer === "") session.socket.destroy();
      return { answer };
    });
    await using good = await socketUpstream();
    await using gateway = await startGateway({ config: config([broken.url, good.url]) });
    for (let round = 0; broken.handshakes.length === 0; round++) {
      assert.ok(round < 8, "the broken one is asked");
      const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
      assert.match(client.head, / 101 Switching/, answer);
      client.socket.destroy();
    }
  }
});

Deno.test("where every upstream refuses, the client gets an HTTP error before any upgrade", async () => {
  const cases = [
    [401, INVALID_KEY, 502, "upstream_auth"],
    [429, LIMITED, 429, "rate_limited"],
    [500, { error: { message: "oops" } }, 502, "upstream_error"],
    [503, { error: { message: "busy" } }, 503, "overloaded"],
  ] as const;
  for (const [status, body, told, code] of cases) {
    await using upstream = await socketUpstream(() => ({ answer: refusalText(status, body) }));
    await using gateway = await startGateway({ config: config([upstream.url]) });
    const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
    await until(() => client.ended !== undefined, "the connection is closed");
    assert.match(client.head, new RegExp(`^HTTP/1.1 ${told} [^]*connection: close`));
    assert.equal(at(JSON.parse(client.text), "error.code"), code);
    const [record] = await gateway.records();
    assert.equal(at(record, "status"), told);
    assert.equal(at(record, "outcome"), "upstream_error");
    assert.equal(at(record, "error"), code);
  }
});

Deno.test("a refusal that is about the request passes to the client as it came", async () => {
  const body = { error: { message: "Unknown parameter", code: "invalid_value" } };
  await using upstream = await socketUpstream(() => ({ answer: refusalText(400, body) }));
  await using gateway = await startGateway({ config: config([upstream.url]) });
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
  await until(() => client.ended !== undefined, "the connection is closed");
  assert.match(client.head, /^HTTP\/1.1 400 Bad Request/);
  assert.deepEqual(JSON.parse(client.text), body);
  assert.equal(upstream.handshakes.length, 1);
});

Deno.test("an upstream that never answers is given up in time", async () => {
  await using upstream = await socketUpstream(() => "silence");
  const deadlines = { headers: "200ms" };
  await using gateway = await startGateway({
    config: config([upstream.url], { defaults: { deadlines, retry: { attempts: 1, wait: "0s" } } }),
  });
  const client = await rawSocket(gateway.url, { path: REALTIME, headers: bearer(gateway.key) });
  assert.match(client.head, /^HTTP\/1.1 504 /);
  await until(() => client.ended !== undefined, "the connection is closed");
});

Deno.test("a client that leaves while an upstream is asked ends the attempt", async () => {
  await using upstream = await socketUpstream(() => "silence");
  await using gateway = await startGateway({ config: config([upstream.url]) });
  for (const leave of ["finish", "close"] as const) {
    const client = await rawClient(Number(new URL(gateway.url).port));
    await client.send(
      `GET ${REALTIME} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${gateway.key}\r\nConnection: Upgrade\r\n` +
        "Upgrade: websocket\r\n\r\n",
    );
    const session = await upstream.session(upstream.handshakes.length);
    await client[leave]();
    await until(() => session.ended !== undefined, "the upstream is let go");
    await until(() => gateway.server.gateway.inFlight === 0, "the request is over");
    client.close();
  }
  const records = await gateway.records();
  assert.deepEqual(records.map((record) => at(record, "outcome")), ["client_gone", "client_gone"]);
  assert.deepEqual(records.map((record) => at(record, "status")), [499, 499]);
});

Deno.test("who may not, may not: no key, an unknown one, a path or a model that is not granted", async () => {
  await using upstream = await socketUpstream();
  const tenants = [
    { name: "all", keys: ["tenant-key-all-000001"], paths: ["*"] },
    { name: "plain", keys: ["tenant-key-plain-0001"] },
    { name: "files", keys: ["tenant-key-files-0001"], paths: ["account"] },
    { name: "narrow", keys: ["tenant-key-narrow-001"], models: ["gpt-4o"], paths: ["*"] },
  ];
  await using gateway = await startGateway({ config: config([upstream.url], { tenants }) });
  const cases = [
    [undefined, REALTIME, 401, "missing_api_key"],
    ["nobodys-key-00000001", REALTIME, 401, "invalid_api_key"],
    ["tenant-key-files-0001", REALTIME, 403, "path_not_allowed"],
    ["tenant-key-plain-0001", "/proxy/openai/v1/realtime?model=gpt-realtime", 403, "path_not_allowed"],
    ["tenant-key-narrow-001", REALTIME, 403, "model_not_allowed"],
    ["tenant-key-narrow-001", "/proxy/openai/v1/realtime", 400, "model_required"],
    ["tenant-key-narrow-001", "/proxy/openai/ws?model=gpt-realtime", 403, "model_not_allowed"],
    ["tenant-key-all-000001", "/v1/realtime?model=unknown", 404, "model_not_found"],
    ["tenant-key-all-000001", `${REALTIME}&deployment=other`, 400, "invalid_path"],
    ["tenant-key-all-000001", "/proxy/nowhere/ws", 404, "not_found"],
    ["tenant-key-plain-0001", REALTIME, 101, undefined],
    ["tenant-key-all-000001", "/proxy/openai/ws", 101, undefined],
  ] as const;
  for (const [key, path, status, code] of cases) {
    const client = await rawSocket(gateway.url, { path, headers: key === undefined ? {} : bearer(key) });
    assert.match(client.head, new RegExp(`^HTTP/1.1 ${status} `), `${key} ${path}`);
    if (code !== undefined) {
      await until(() => client.ended !== undefined, "the connection is closed");
      assert.equal(at(JSON.parse(client.text), "error.code"), code, path);
    }
    client.socket.destroy();
  }
  assert.equal(upstream.handshakes.length, 2);
});

Deno.test("where no WebSocket is offered it is refused with 426, without a key and without an upstream", async () => {
  await using upstream = await socketUpstream();
  await using gateway = await startGateway({ config: config([upstream.url]) });
  for (
    const path of [
      "/v1/responses",
      "/v1/realtime_sessions",
      "/v1/chat/completions",
      "/console/",
      "/proxy/openai",
    ]
  ) {
    const client = await rawSocket(gateway.url, { path });
    await until(() => client.ended !== undefined, "the connection is closed");
    assert.match(client.head, /^HTTP\/1.1 426 /, path);
    assert.equal(at(JSON.parse(client.text), "error.code"), "upgrade_refused");
  }
  assert.equal(upstream.handshakes.length, 0);
});

Deno.test("an offer of h2c at a path with WebSockets is ignored and the request served", async () => {
  await using upstream = await socketUpstream(() => ({ answer: refusalText(200, { ok: true }) }));
  await using gateway = await startGateway({ config: config([upstream.url]) });
  const headers = { ...bearer(gateway.key), upgrade: "h2c", connection: "Upgrade, HTTP2-Settings" };
  const client = await rawSocket(gateway.url, { path: "/proxy/openai/v1/realtime", headers });
  assert.match(client.head, /^HTTP\/1.1 200 /);
  assert.equal(upstream.handshakes[0]?.headers["upgrade"], undefined);
  client.socket.destroy();
});
