import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { type CallRequest, UpstreamCaller } from "../../src/upstream/call.ts";
import type { CallFailure } from "../../src/upstream/transport/call_failure.ts";
import { fakeRuntime } from "../support/fake_runtime.ts";
import { fakeUpstream, refusedUrl } from "../support/fake_upstream.ts";
import { answer, FAULTS, headStep } from "../support/fake_upstream_script.ts";
import { socketUpstream } from "../support/sockets/socket_upstream.ts";
import { until } from "../support/until.ts";
import { testProxy } from "../support/wire/test_proxy.ts";

interface Outcome {
  readonly told: readonly string[];
  readonly status: number;
  readonly headers: HeaderFields;
  readonly text: string;
  readonly failure: CallFailure | undefined;
}

function request(url: string, more: Partial<CallRequest> = {}): CallRequest {
  return { method: "POST", url, headers: {}, body: new TextEncoder().encode("body"), ...more };
}

/** Runs a call to its end. */
function outcomeOf(caller: UpstreamCaller, call: CallRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const told: string[] = [];
    const decoder = new TextDecoder();
    let status = 0;
    let headers: HeaderFields = {};
    let text = "";
    const done = (last: string, failure?: CallFailure) =>
      resolve({ told: [...told, last], status, headers, text, failure });
    caller.startCall(call, {
      sent: () => told.push("sent"),
      head(headStatus, fields) {
        told.push("head");
        status = headStatus;
        headers = fields;
      },
      data: (chunk) => text += decoder.decode(chunk, { stream: true }),
      end: () => done("end"),
      failed: (failure) => done("failed", failure),
    });
  });
}

function caller(): UpstreamCaller {
  return new UpstreamCaller(() => undefined, systemRuntime());
}

Deno.test("a call tells sent, head, data and end in this order", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(answer("hello", { status: 201, headers: { "x-a": "1" } }));
  const outcome = await outcomeOf(calls, request(`${upstream.url}/v1/x?q=%20a`, { headers: { "x-b": "2" } }));
  assert.deepEqual(outcome.told, ["sent", "head", "end"]);
  assert.equal(outcome.status, 201);
  assert.equal(outcome.headers["x-a"], "1");
  assert.equal(outcome.text, "hello");
  const [delivery] = upstream.deliveries;
  assert.equal(delivery?.target, "/v1/x?q=%20a");
  assert.equal(delivery?.text, "body");
  assert.equal(delivery?.headers["accept-encoding"], "identity");
  assert.equal(delivery?.headers["content-length"], "4");
  assert.equal(delivery?.headers["host"], new URL(upstream.url).host);
  assert.equal(delivery?.headers["user-agent"], undefined);
});

Deno.test("connections serve one call after the other", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(FAULTS.ok);
  for (let i = 0; i < 10; i++) await outcomeOf(calls, request(upstream.url));
  // A connection is free again only in the next turn of the event loop: the second call comes before that.
  assert.ok(upstream.connections <= 2, `${upstream.connections} connections`);
  assert.equal(upstream.deliveries.length, 10);
});

Deno.test("informational answers are passed over", async () => {
  await using calls = caller();
  const early = headStep(103, { link: "</x>" });
  await using upstream = await fakeUpstream({ steps: [early, early, ...answer("hello").steps] });
  const outcome = await outcomeOf(calls, request(upstream.url));
  assert.deepEqual(outcome.told, ["sent", "head", "end"]);
  assert.equal(outcome.status, 200);
});

Deno.test("a redirect is told and not followed", async () => {
  await using calls = caller();
  await using target = await fakeUpstream(FAULTS.ok);
  await using upstream = await fakeUpstream(answer("", { status: 307, headers: { location: target.url } }));
  assert.equal((await outcomeOf(calls, request(upstream.url))).status, 307);
  assert.equal(target.deliveries.length, 0);
});

Deno.test("an answer's compression stays as it is", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(
    answer("not really gzip", { headers: { "content-encoding": "gzip" } }),
  );
  const outcome = await outcomeOf(calls, request(upstream.url));
  assert.equal(outcome.headers["content-encoding"], "gzip");
  assert.equal(outcome.text, "not really gzip");
});

const FAILURES: readonly [string, () => string | Promise<string>, CallFailure][] = [
  ["refused", refusedUrl, { kind: "refused", sent: false }],
  ["dns", () => "http://no-such-host.invalid", { kind: "dns", sent: false }],
  ["unsendable", () => "ftp://127.0.0.1/", { kind: "unsendable", sent: false }],
];

for (const [name, urlOf, expected] of FAILURES) {
  Deno.test(`a call that never reaches HTTP fails as ${name}, surely not sent`, async () => {
    await using calls = caller();
    const outcome = await outcomeOf(calls, request(await urlOf()));
    assert.deepEqual(outcome.told, ["failed"]);
    assert.deepEqual(outcome.failure, expected);
  });
}

Deno.test("an upstream that speaks no TLS fails as tls, surely not sent", async () => {
  await using calls = caller();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const outcome = outcomeOf(calls, request(`https://127.0.0.1:${listener.addr.port}`));
  using connection = await listener.accept();
  await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.deepEqual((await outcome).failure, { kind: "tls", sent: false });
});

Deno.test("a connection that is never made is given up after a minute", async () => {
  const runtime = fakeRuntime();
  await using calls = new UpstreamCaller(() => undefined, runtime);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const outcome = outcomeOf(calls, request(`https://127.0.0.1:${listener.addr.port}`));
  using _silent = await listener.accept();
  runtime.advance(59_999);
  runtime.advance(1);
  assert.deepEqual((await outcome).failure, { kind: "connect_timeout", sent: false });
});

Deno.test("a header value with a line break is refused before anything is sent", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(FAULTS.ok);
  const outcome = await outcomeOf(calls, request(upstream.url, { headers: { "x-a": "a\r\nx-b: c" } }));
  assert.deepEqual(outcome.failure, { kind: "unsendable", sent: false });
  assert.equal(upstream.deliveries.length, 0);
});

const BROKEN_ANSWERS = [
  [FAULTS.resetBeforeHead, "reset_before_head"],
  [FAULTS.closedBeforeHead, "closed_before_head"],
  [FAULTS.badHead, "bad_head"],
  [FAULTS.hugeHead, "bad_head"],
  [FAULTS.cutJson, "truncated"],
  [FAULTS.streamBadChunkAfter, "bad_body"],
] as const;

for (const [fault, kind] of BROKEN_ANSWERS) {
  Deno.test(`an answer that breaks HTTP fails as ${kind} and the request is delivered once`, async () => {
    await using calls = caller();
    // The second call goes out on a kept connection, where clients are tempted to send again by themselves.
    await using upstream = await fakeUpstream([FAULTS.ok, fault]);
    await outcomeOf(calls, request(upstream.url));
    const outcome = await outcomeOf(calls, request(upstream.url));
    assert.deepEqual(outcome.failure, { kind, sent: true });
    assert.equal(upstream.deliveries.length, 2);
  });
}

Deno.test("aborting closes the connection at once and silences the handler", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(FAULTS.streamStallAfter);
  const told: string[] = [];
  const call = calls.startCall(request(upstream.url), {
    sent: () => told.push("sent"),
    head: () => told.push("head"),
    data: () => told.push("data"),
    end: () => told.push("end"),
    failed: () => told.push("failed"),
  });
  await until(() => told.includes("data"), "data came");
  call.abort();
  const before = told.length;
  call.abort();
  call.resume();
  await upstream.deliveries[0]?.closed;
  assert.equal(told.length, before);
});

Deno.test("a call aborted before its connection is made sends nothing", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(FAULTS.ok);
  const ignore = () => assert.fail("an aborted call must not tell anything");
  const handler = { sent: ignore, head: ignore, data: ignore, end: ignore, failed: ignore };
  calls.startCall(request(upstream.url), handler).abort();
  calls.startCall(request("ftp://x"), handler).abort();
  await outcomeOf(calls, request(upstream.url));
  assert.equal(upstream.deliveries.length, 1);
});

Deno.test("a paused call leaves the rest with the upstream until it is resumed", async () => {
  await using calls = caller();
  const chunk = new Uint8Array(64 * 1024).fill(65);
  const head = headStep(200, { connection: "close" });
  await using upstream = await fakeUpstream({ steps: [head, { do: "endless", bytes: chunk }] });
  let sizeBytes = 0;
  const call = calls.startCall(request(upstream.url), {
    sent() {},
    head() {},
    data(bytes) {
      sizeBytes += bytes.length;
      if (sizeBytes > 1_000_000) call.pause();
    },
    end() {},
    failed() {},
  });
  const unsent = () => upstream.deliveries[0]?.unsentBytes() ?? 0;
  await until(() => sizeBytes > 1_000_000 && unsent() > 0, "the upstream is held up");
  const paused = sizeBytes;
  assert.ok(paused < 1_000_000 + 2 * chunk.length, `${paused} bytes came in spite of the pause`);
  call.resume();
  await until(() => sizeBytes > paused, "more came");
  call.abort();
});

Deno.test("a streamed body goes out under its length, or chunked where nobody knows it", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream(FAULTS.ok);
  async function* stream() {
    yield new TextEncoder().encode("ab");
    yield new TextEncoder().encode("cde");
  }
  await outcomeOf(calls, request(upstream.url, { body: { stream: stream(), sizeBytes: 5 } }));
  await outcomeOf(calls, request(upstream.url, { body: { stream: stream(), sizeBytes: undefined } }));
  const [known, unknown] = upstream.deliveries;
  assert.deepEqual([known?.text, unknown?.text], ["abcde", "abcde"]);
  assert.equal(known?.headers["content-length"], "5");
  assert.equal(unknown?.headers["transfer-encoding"], "chunked");
});

Deno.test("a streamed body is let go when the upstream answers without reading it", async () => {
  await using calls = caller();
  await using upstream = await fakeUpstream({
    ...answer("{}", { status: 413, framing: "close" }),
    before: "body",
  });
  const never = Promise.withResolvers<never>();
  let released = false;
  const stream = {
    [Symbol.asyncIterator]: () => {
      let first = true;
      return {
        next: () =>
          first ? (first = false, Promise.resolve({ done: false, value: new Uint8Array(3) })) : never.promise,
        return: () => {
          released = true;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      };
    },
  };
  const outcome = await outcomeOf(calls, request(upstream.url, { body: { stream, sizeBytes: 10 } }));
  assert.equal(outcome.status, 413);
  await until(() => released, "the body was let go");
});

Deno.test("closing the caller fails calls under way as aborted", async () => {
  const calls = caller();
  await using upstream = await fakeUpstream(FAULTS.silent);
  const outcome = outcomeOf(calls, request(upstream.url));
  await until(() => upstream.deliveries.length === 1, "it was sent");
  await calls[Symbol.asyncDispose]();
  assert.deepEqual((await outcome).failure, { kind: "aborted", sent: true });
});

Deno.test("a proxy is sent the whole URL, and its refusal is a failure of the proxy", async () => {
  await using proxy = await fakeUpstream(FAULTS.ok);
  await using calls = new UpstreamCaller(() => proxy.url, systemRuntime());
  assert.equal((await outcomeOf(calls, request("http://vendor.invalid/v1/x"))).status, 200);
  assert.equal(proxy.deliveries[0]?.target, "http://vendor.invalid/v1/x");
  proxy.script = answer("", { status: 502, framing: "close" });
  const outcome = await outcomeOf(calls, request("https://vendor.invalid/v1/x"));
  assert.deepEqual(outcome.failure, { kind: "proxy", sent: false });
  assert.equal(proxy.deliveries[1]?.method, "CONNECT");
});

for (const way of ["straight", "by a proxy's tunnel"]) {
  Deno.test(`an upgrade that the upstream takes up hands the connection over, ${way}`, async () => {
    await using upstream = await socketUpstream();
    const { port } = new URL(upstream.url);
    await using proxy = await testProxy({ "upstream.test": Number(port) });
    const isProxied = way !== "straight";
    await using calls = new UpstreamCaller(
      () => isProxied ? `http://${proxy.authority}` : undefined,
      systemRuntime(),
    );
    const url = isProxied ? `http://upstream.test:${port}` : upstream.url;
    let text = "";
    const told: string[] = [];
    const over = new Promise<void>((closed) => {
      calls.startCall(
        request(`${url}/v1/realtime`, { method: "GET", body: undefined, upgrade: "websocket" }),
        {
          sent: () => told.push("sent"),
          head: () => told.push("head"),
          data: () => told.push("data"),
          end: () => told.push("end"),
          failed: () => told.push("failed"),
          upgraded(headers, socket) {
            told.push(`upgraded ${headers["x-request-id"]}`);
            socket.take({
              data: (chunk) => text += new TextDecoder().decode(chunk),
              drained() {},
              ended: () => socket.end(),
              closed,
            });
            socket.write(new TextEncoder().encode("abc"));
          },
        },
      );
    });
    const session = await upstream.session(0);
    await until(() => session.receivedBytes === 3, "its bytes have come");
    await session.write("hello");
    session.socket.end();
    await over;
    assert.equal(text, "hello");
    assert.deepEqual(told, ["sent", "upgraded req_vendor"]);
    assert.equal(upstream.handshakes[0]?.headers["connection"], "upgrade");
    assert.deepEqual(proxy.seen.map(({ method }) => method), isProxied ? ["CONNECT"] : []);
  });
}

Deno.test("an upgrade that is refused is an answer like any other", async () => {
  await using upstream = await fakeUpstream(answer("no", { status: 401 }));
  await using calls = caller();
  const wish = request(`${upstream.url}/v1/realtime`, {
    method: "GET",
    body: undefined,
    upgrade: "websocket",
  });
  const outcome = await outcomeOf(calls, wish);
  assert.deepEqual(outcome.told, ["sent", "head", "end"]);
  assert.equal(outcome.status, 401);
  assert.equal(outcome.text, "no");
});

Deno.test("of a thousand origins the one unused for longest loses its connection to a new one, whichever came first", async () => {
  await using calls = caller();
  const isOpen = new Map<number, boolean>();
  const servers = [0, 1].map((at) =>
    createServer((asked, response) => {
      isOpen.set(at, true);
      asked.socket.once("close", () => isOpen.set(at, false));
      asked.resume().on("end", () => response.end("ok"));
    })
  );
  try {
    const ports: number[] = [];
    for (const server of servers) {
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));
      const address = server.address();
      ports.push(typeof address === "object" && address !== null ? address.port : 0);
    }
    const [first, second] = ports;
    for (const port of [first, second, first]) {
      assert.equal((await outcomeOf(calls, request(`http://127.0.0.1:${port}/v1`))).status, 200);
    }
    // Nobody listens at these addresses of this machine.
    const refused = (at: number) => request(`http://127.1.${at >> 8}.${at & 255}:${first}/v1`);
    await Promise.all(Array.from({ length: 998 }, (_, at) => outcomeOf(calls, refused(at))));
    assert.deepEqual([isOpen.get(0), isOpen.get(1)], [true, true]);
    await outcomeOf(calls, refused(998));
    await until(() => isOpen.get(1) === false, "the connection unused for longest is closed");
    assert.equal(isOpen.get(0), true);
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    }
  }
});
