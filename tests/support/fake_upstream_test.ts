import assert from "node:assert/strict";
import { fakeUpstream, refusedUrl } from "./fake_upstream.ts";
import { answer, CHAT_ANSWER, CHAT_EVENTS, eventStream, FAULTS, send } from "./fake_upstream_script.ts";

/** A plain HTTP/1.1 call over one fresh connection; resolves with all bytes until the peer closes or resets. */
async function call(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request));
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  try {
    for (let size = await connection.read(buffer); size !== null; size = await connection.read(buffer)) {
      text += decoder.decode(buffer.subarray(0, size), { stream: true });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    text += "<reset>";
  }
  return text;
}

const POST = "POST /v1/x?q=1 HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody";

Deno.test("a delivery keeps method, target, header fields and body", async () => {
  await using upstream = await fakeUpstream(answer("{}", { framing: "close" }));
  assert.match(await call(upstream.url, POST), /^HTTP\/1\.1 200 [^]*\{\}$/);
  const [delivery] = upstream.deliveries;
  assert.equal(delivery?.method, "POST");
  assert.equal(delivery?.target, "/v1/x?q=1");
  assert.equal(delivery?.headers["x-one"], "1");
  assert.equal(delivery?.text, "body");
  await delivery?.closed;
  assert.equal(delivery?.isClosed, true);
});

Deno.test("a chunked request body is put together", async () => {
  await using upstream = await fakeUpstream(answer("{}", { framing: "close" }));
  const request =
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  await call(upstream.url, request);
  assert.equal(upstream.deliveries[0]?.text, "abcde");
});

Deno.test("a list of faults is followed in order on one connection and its last entry repeats", async () => {
  await using upstream = await fakeUpstream([FAULTS.ok, answer("[2]"), answer("[3]", { framing: "close" })]);
  const text = await call(upstream.url, POST + POST + POST);
  assert.ok(text.includes(CHAT_ANSWER) && text.includes("[2]") && text.endsWith("[3]"));
  assert.deepEqual(upstream.deliveries.map((delivery) => delivery.onConnection), [1, 2, 3]);
  assert.ok((await call(upstream.url, POST)).endsWith("[3]"));
  assert.equal(upstream.connections, 2);
});

Deno.test("a reset reaches the peer as a reset and a close as an end", async () => {
  await using upstream = await fakeUpstream([FAULTS.resetBeforeHead, FAULTS.closedBeforeHead]);
  assert.equal(await call(upstream.url, POST), "<reset>");
  assert.equal(await call(upstream.url, POST), "");
});

Deno.test("an event stream arrives as chunks, in one-byte pieces where asked", async () => {
  const last = {
    ...eventStream(CHAT_EVENTS),
    steps: [...eventStream(CHAT_EVENTS).steps, FAULTS.closedBeforeHead.steps[0]],
  };
  await using upstream = await fakeUpstream(last);
  const text = await call(upstream.url, POST);
  assert.ok(text.includes("transfer-encoding: chunked") && text.endsWith("data: [DONE]\n\n\r\n0\r\n\r\n"));
  upstream.script = { steps: [send("tiny", 1), { do: "close" }] };
  assert.equal(await call(upstream.url, POST), "tiny");
});

Deno.test("nobody listens at a refused URL", async () => {
  await assert.rejects(call(await refusedUrl(), POST), Deno.errors.ConnectionRefused);
});
