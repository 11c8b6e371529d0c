import assert from "node:assert/strict";

import { GatewayError } from "../../../src/core/errors.ts";
import type { Exchange } from "../../../src/core/exchange.ts";
import { rawClient, statusOf } from "../../support/raw_client.ts";
import { testListener } from "../../support/test_listener.ts";
import { until } from "../../support/until.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const GET = "GET /v1/x HTTP/1.1\r\nHost: a\r\n\r\n";
const post = (sizeBytes: number) => `POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${sizeBytes}\r\n\r\n`;

/** A data plane that hands its exchange out and answers nothing until the client is gone. */
function waitingPlane(begin: (exchange: Exchange) => Promise<void> | void) {
  const seen: Exchange[] = [];
  let goneAtMs = 0;
  return {
    seen,
    goneAtMs: () => goneAtMs,
    dataPlane: async (exchange: Exchange) => {
      await begin(exchange);
      seen.push(exchange);
      await new Promise<void>((resolve) => exchange.onGone(resolve));
      goneAtMs = performance.now();
    },
  };
}

const phases: Record<string, { request: string; begin: (exchange: Exchange) => Promise<void> | void }> = {
  "before the head": { request: GET, begin: () => {} },
  "before the head, its body read": {
    request: post(3) + "abc",
    begin: async (exchange) => {
      for await (const _ of exchange.body());
    },
  },
  "before the head, its body half sent and unread": { request: post(10) + "abc", begin: () => {} },
  "after the head": { request: GET, begin: (exchange) => exchange.head(200, {}) },
  "in the middle of an idle stream": {
    request: post(3) + "abc",
    begin: async (exchange) => {
      for await (const _ of exchange.body());
      exchange.head(200, {});
      exchange.write(encode("data: 1\n\n"));
    },
  },
};

for (const [phase, { request, begin }] of Object.entries(phases)) {
  for (const how of ["finish", "close"] as const) {
    Deno.test(`a client that leaves by ${how} ${phase} is seen within 100 ms`, async () => {
      const plane = waitingPlane(begin);
      await using gate = await testListener({ dataPlane: plane.dataPlane });
      const client = await rawClient(gate.port);
      await client.send(request);
      await until(() => plane.seen.length === 1, "the request is under way");
      const leftAtMs = performance.now();
      if (how === "finish") await client.finish();
      else client.close();
      await until(() => plane.goneAtMs() > 0, "the leaving is seen");
      assert.ok(plane.goneAtMs() - leftAtMs < 100, `seen after ${plane.goneAtMs() - leftAtMs} ms`);
      assert.equal(plane.seen[0]?.gone, true);
      client.close();
      await until(() => gate.listener.inFlight === 0, "nothing is in flight");
    });
  }
}

Deno.test("a client that leaves is seen for each of its pipelined requests", async () => {
  const plane = waitingPlane(async (exchange) => {
    for await (const _ of exchange.body());
  });
  await using gate = await testListener({ dataPlane: plane.dataPlane });
  const client = await rawClient(gate.port);
  await client.send(post(1) + "a" + post(1) + "b" + GET);
  await until(() => plane.seen.length === 3, "all three are under way");
  client.close();
  await until(() => plane.seen.every((exchange) => exchange.gone), "all three are gone");
  await until(() => gate.listener.inFlight === 0, "nothing is in flight");
});

Deno.test("a proper end is no leaving, even when the client closes at once", async () => {
  let isTold = false;
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.onGone(() => isTold = true);
      exchange.head(200, { "content-length": "2" });
      exchange.end(encode("ok"));
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await until(() => client.received.endsWith("ok"), "the answer is there");
  client.close();
  await until(() => gate.listener.connections === 0, "the connection is closed");
  assert.equal(isTold, false);
});

Deno.test("each chunk arrives by itself before the next is written", async () => {
  let step = () => {};
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      exchange.head(200, { "content-type": "text/event-stream" });
      for (const chunk of ["one", "two", "three"]) {
        await new Promise<void>((resolve) => step = resolve);
        exchange.write(encode(chunk));
      }
      exchange.end();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await until(() => client.received.includes("\r\n\r\n"), "the head arrives before any chunk");
  for (const chunk of ["one", "two", "three"]) {
    step();
    await until(() => client.received.includes(chunk), `${chunk} arrives`);
  }
  await until(() => client.received.endsWith("0\r\n\r\n"), "the end arrives");
  client.close();
});

Deno.test("a client that does not read stops the writer, and reading lets it go on", async () => {
  let writtenBytes = 0;
  let isStopped = false;
  let isDone = false;
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      exchange.head(200, {});
      for (let i = 0; i < 400; i++) {
        const mayGoOn = exchange.write(new Uint8Array(65_536));
        writtenBytes += 65_536;
        if (mayGoOn) continue;
        isStopped = true;
        await exchange.drained();
      }
      exchange.end();
      isDone = true;
    },
  });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: gate.port });
  await connection.write(encode(GET));
  await until(() => isStopped, "the writer is stopped");
  assert.ok(writtenBytes < 20_000_000, `${writtenBytes} bytes were taken unread`);
  assert.equal(isDone, false);
  const buffer = new Uint8Array(1 << 20);
  let readBytes = 0;
  while (readBytes < 400 * 65_536) readBytes += await connection.read(buffer) ?? assert.fail("cut short");
  assert.equal(isDone, true);
  connection.close();
});

Deno.test("a client that takes nothing for the write deadline counts as gone", async () => {
  let isGone = false;
  await using gate = await testListener({
    limits: { writeStallMs: 200 },
    dataPlane: async (exchange) => {
      exchange.head(200, {});
      while (!exchange.gone) {
        if (!exchange.write(new Uint8Array(1 << 14))) await exchange.drained();
      }
      isGone = true;
    },
  });
  const client = await rawClient(gate.port, { isReading: false });
  await client.send(GET);
  await until(() => isGone, "the stalled client is given up");
  client.close();
});

Deno.test("a client that never takes the last bytes does not hold its connection", async () => {
  await using gate = await testListener({
    limits: { writeStallMs: 100 },
    dataPlane: async (exchange) => {
      exchange.head(200, {});
      // Until the system's buffers take no more and some bytes wait on our side.
      let refused = 0;
      await until(() => {
        refused = exchange.write(new Uint8Array(refused === 0 ? 1 << 16 : 1)) ? 0 : refused + 1;
        return refused >= 50;
      }, "the client's side is full");
      exchange.end();
    },
  });
  const client = await rawClient(gate.port, { isReading: false });
  await client.send(GET);
  await until(() => gate.reached.length === 1 && gate.listener.connections === 0, "the connection is over");
  client.close();
});

Deno.test("cut shows the client that the answer is unfinished, after what was written", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.head(200, {});
      exchange.write(encode("part"));
      exchange.cut();
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await client.ended;
  assert.match(client.received, /\r\n4\r\npart\r\n$/);
  await assert.rejects(fetch(`${gate.url}/v1/x`).then((answer) => answer.text()));
  client.close();
});

Deno.test("cut resets an HTTP/1.0 client, to whom a plain close would be the proper end", async () => {
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      exchange.head(200, {});
      exchange.write(encode("part"));
      await until(() => client.received.endsWith("part"), "the part has arrived");
      exchange.cut();
    },
  });
  const client = await rawClient(gate.port);
  await client.send("GET /v1/x HTTP/1.0\r\nHost: a\r\n\r\n");
  assert.equal(await client.ended, "reset");
  client.close();
});

Deno.test("cut before the head closes without an answer", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.cut();
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await client.ended;
  assert.equal(client.received, "");
  client.close();
});

Deno.test("a body is read whole, however it is sent", async () => {
  await using gate = await testListener();
  const client = await rawClient(gate.port);
  await client.send(post(5) + "he");
  await client.send("llo");
  await until(() => client.received.endsWith("ok 5"), "the length is told");
  await client.send("POST /v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n");
  await client.send("4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n");
  await until(() => client.received.endsWith("ok 7"), "the chunked length is told");
  await client.send(post(0) + GET);
  await until(() => client.received.match(/ok 0/g)?.length === 2, "empty bodies are empty");
  client.close();
  const big = new Uint8Array(8 << 20);
  const answer = await fetch(`${gate.url}/v1/x`, { method: "POST", body: big });
  assert.equal(await answer.text(), `ok ${big.length}`);
});

Deno.test("a slow reader of the body slows the client", async () => {
  let proceed = () => {};
  let readBytes = 0;
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      for await (const chunk of exchange.body()) {
        readBytes += chunk.length;
        if (readBytes === chunk.length) await new Promise<void>((resolve) => proceed = resolve);
      }
      exchange.head(200, {});
      exchange.end(encode(`all ${readBytes}`));
    },
  });
  const sizeBytes = 64 << 20;
  const client = await rawClient(gate.port);
  let sentBytes = 0;
  const sending = (async () => {
    await client.send(post(sizeBytes));
    for (; sentBytes < sizeBytes; sentBytes += 1 << 20) await client.send(new Uint8Array(1 << 20));
  })();
  let before = -1;
  let quietChecks = 0;
  await until(() => {
    quietChecks = sentBytes === before && readBytes > 0 ? quietChecks + 1 : 0;
    before = sentBytes;
    return quietChecks > 50;
  }, "the client is held back");
  assert.ok(sentBytes < sizeBytes / 2, `${sentBytes} bytes went into buffers`);
  proceed();
  await sending;
  await until(() => client.received.includes(`all ${sizeBytes}`), "everything arrived");
  client.close();
});

Deno.test("a body that stops is request_timeout, one whose client leaves is client_gone", async () => {
  const codes: string[] = [];
  await using gate = await testListener({
    limits: { bodyStallMs: 200 },
    dataPlane: async (exchange) => {
      try {
        for await (const _ of exchange.body());
      } catch (error) {
        assert.ok(error instanceof GatewayError);
        codes.push(error.code);
        throw error;
      }
    },
  });
  const stalled = await rawClient(gate.port);
  await stalled.send(post(10) + "abc");
  await stalled.ended;
  assert.equal(statusOf(stalled.received), 408);
  const leaving = await rawClient(gate.port);
  await leaving.send(post(10) + "abc");
  await until(() => gate.reached.length === 2, "the second is under way");
  leaving.close();
  await until(() => codes.length === 2, "both have failed");
  assert.deepEqual(codes, ["request_timeout", "client_gone"]);
  stalled.close();
});

Deno.test("100 Continue is sent when the body is asked for, and not when it is refused unread", async () => {
  await using gate = await testListener({
    dataPlane: async (exchange) => {
      if (exchange.query === "refuse") throw new GatewayError("invalid_api_key", "No.");
      let text = "";
      for await (const chunk of exchange.body()) text += new TextDecoder().decode(chunk);
      exchange.head(200, {});
      exchange.end(encode(`got ${text}`));
    },
  });
  const head = (query: string) =>
    `POST /v1/x?${query} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`;
  const welcome = await rawClient(gate.port);
  await welcome.send(head("take"));
  await until(() => welcome.received.includes("100 Continue\r\n\r\n"), "the client may go on");
  await welcome.send("abc");
  await until(() => welcome.received.includes("got abc"), "the body was taken");
  const refused = await rawClient(gate.port);
  await refused.send(head("refuse"));
  await refused.ended;
  assert.equal(statusOf(refused.received), 401);
  assert.doesNotMatch(refused.received, /100 Continue/);
  welcome.close();
  refused.close();
});

Deno.test("answers to HEAD and with 204 and 304 have no body, and the connection lives on", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.head(Number(exchange.query), { "content-type": "text/plain", "content-length": "4" });
      exchange.write(encode("bo"));
      exchange.end(encode("dy"));
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  for (const [method, status] of [["HEAD", 200], ["GET", 204], ["GET", 304], ["HEAD", 404]] as const) {
    await client.send(`${method} /v1/x?${status} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(
      () => new RegExp(`HTTP/1.1 ${status} [^]*\r\n\r\n$`).test(client.received),
      `${method} ${status}`,
    );
  }
  assert.doesNotMatch(client.received, /body/);
  assert.doesNotMatch(client.received, /204 No Content\r\n(?:[^\r]+\r\n)*content-length/);
  client.close();
});

Deno.test("a field that HTTP cannot carry is left out, the others are sent as they are", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.head(200, {
        "x-bad": "a\r\nx-forged: 1",
        "x-wide": "模型",
        "x-good": ["1", "2"],
        "x-none": undefined,
      });
      exchange.end();
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(GET);
  await until(() => client.received.includes("\r\n\r\n"), "the head arrives");
  assert.match(client.received, /x-good: 1\r\nx-good: 2\r\n/);
  assert.doesNotMatch(client.received, /x-bad|x-forged|x-wide|x-none/);
  client.close();
});

Deno.test("an answer that comes before its body leaves the connection usable once the body has come", async () => {
  await using gate = await testListener({
    dataPlane: (exchange) => {
      exchange.head(413, { "content-length": "2" });
      exchange.end(encode("no"));
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(post(10) + "abc");
  await until(() => client.received.endsWith("no"), "the first answer");
  await client.send("defghij" + GET);
  await until(() => client.received.match(/HTTP\/1.1 413/g)?.length === 2, "the second answer");
  client.close();
});

Deno.test("a body that never comes after its answer is waited for only a while", async () => {
  await using gate = await testListener({
    limits: { lingerMs: 100 },
    dataPlane: (exchange) => {
      exchange.head(413, { "content-length": "2" });
      exchange.end(encode("no"));
      return Promise.resolve();
    },
  });
  const client = await rawClient(gate.port);
  await client.send(post(10) + "abc");
  await until(() => client.isEnded, "the connection is closed");
  assert.match(client.received, /no$/);
  client.close();
});
