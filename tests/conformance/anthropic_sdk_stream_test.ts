import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import type { ChatEvent } from "../../src/core/chat.ts";
import { ERROR_STATUS } from "../../src/core/errors.ts";
import type { ClientError } from "../../src/formats/format.ts";
import { anthropicMessages } from "../../src/formats/anthropic/anthropic_messages.ts";
import { hubEvents, streamOf } from "../support/anthropic_chat.ts";
import { anthropicFixture, namedEvents } from "../support/read_stream.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const TRUNCATED: ClientError = {
  status: 502,
  code: "upstream_truncated",
  message: "The answer was cut. Send the request again.",
  requestId: "018f0000-0000-7000-8000-000000000001",
};

const ASKED = { model: "m", ["max_tokens"]: 100, messages: [{ role: "user" as const, content: "a" }] };

/** Calls the real SDK against a server that answers every request with the given bytes. */
async function withAnswer<T>(
  answer: { status?: number; body: readonly Uint8Array[] },
  use: (client: Anthropic) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status ?? 200, {
      "content-type": answer.status === undefined ? "text/event-stream" : "application/json",
      connection: "close",
    });
    for (const chunk of answer.body) response.write(chunk);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  try {
    return await use(
      new Anthropic({
        apiKey: "sk-test",
        baseURL: `http://127.0.0.1:${port}`,
        maxRetries: 0,
        logLevel: "off",
      }),
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The message that the SDK puts together of a stream. */
async function finalMessage(body: readonly Uint8Array[]) {
  return await withAnswer({ body }, (client) => client.messages.stream(ASKED).finalMessage());
}

async function countOf(client: Anthropic): Promise<number> {
  let count = 0;
  for await (const _event of await client.messages.create({ ...ASKED, stream: true })) count++;
  return count;
}

const BEGINNING = namedEvents(
  {
    type: "message_start",
    message: { id: "m", content: [], usage: { ["input_tokens"]: 1, ["output_tokens"]: 1 } },
  },
  { type: "content_block_start", index: 0, ["content_block"]: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "x" } },
);

Deno.test("the official SDK raises the error event with its type and code, after any number of events", async () => {
  const { keepAlive } = anthropicMessages;
  const cut = new TextEncoder().encode('event: content_block_delta\ndata: {"type":"content_block_delta","in');
  for (const before of [[], [BEGINNING], [keepAlive, BEGINNING, keepAlive], [BEGINNING, cut]]) {
    const body = [...before, anthropicMessages.errorEvent(TRUNCATED)];
    await assert.rejects(withAnswer({ body }, countOf), (error) => {
      if (before.includes(cut)) return true; // The broken event is raised before.
      assert.ok(error instanceof APIError, String(error));
      assert.deepEqual([error.type, error.errorCode], ["api_error", TRUNCATED.code]);
      assert.ok(error.message.includes(TRUNCATED.message));
      return true;
    });
  }
});

Deno.test("the SDK passes over keep-alives wherever they may stand", async () => {
  const { keepAlive } = anthropicMessages;
  assert.equal(await withAnswer({ body: [keepAlive, BEGINNING, keepAlive, keepAlive] }, countOf), 3);
});

Deno.test("the SDK reads every error of the gateway's: class by status, type and code in their places", async () => {
  for (
    const code of [
      "invalid_api_key",
      "model_not_found",
      "rate_limited",
      "overloaded",
      "upstream_error",
    ] as const
  ) {
    const error: ClientError = { ...TRUNCATED, code, status: ERROR_STATUS[code] };
    const status = anthropicMessages.errorStatus(error);
    const body = [new TextEncoder().encode(anthropicMessages.errorBody(error))];
    await assert.rejects(
      withAnswer({ status, body }, (client) => client.messages.create(ASKED)),
      (raised) => {
        assert.ok(raised instanceof APIError);
        assert.deepEqual([raised.status, raised.errorCode, raised.apiMessage], [status, code, error.message]);
        assert.ok(typeof raised.type === "string");
        return true;
      },
    );
  }
});

for (
  const name of ["text", "tools", "thinking", "server_tools", "stop_sequence", "refusal", "max_tokens_crlf"]
) {
  Deno.test(`what the SDK puts together of stream ${name} is what we put together`, async () => {
    const bytes = anthropicFixture(name);
    const theirs = await finalMessage([bytes]);
    const ours = JSON.parse(atOnce(anthropicMessages.assemble(bytes)).body);
    for (const key of ["id", "content", "stop_reason", "stop_sequence", "stop_details"] as const) {
      assert.deepEqual(JSON.parse(JSON.stringify(theirs[key])), ours[key], key);
    }
    assert.equal(theirs.usage.output_tokens, ours.usage.output_tokens);
    assert.equal(theirs.usage.input_tokens, ours.usage.input_tokens);
  });

  Deno.test(`the SDK reads stream ${name} that went through the hub`, async () => {
    const stream = streamOf(hubEvents(anthropicFixture(name)));
    const theirs = await finalMessage([stream]);
    const ours = JSON.parse(atOnce(anthropicMessages.assemble(stream)).body);
    assert.deepEqual(JSON.parse(JSON.stringify(theirs.content)), ours.content);
    assert.deepEqual([theirs.model, theirs.stop_reason], ["public-name", ours.stop_reason]);
  });
}

Deno.test("the SDK reads parallel calls whose pieces interleaved upstream, cut into single bytes", async () => {
  const events: ChatEvent[] = [
    { kind: "start", id: "x" },
    { kind: "reasoning", choice: 0, text: "満潮" },
    { kind: "text", choice: 0, text: "I look." },
    { kind: "tool_start", choice: 0, call: 0, id: "call_0", name: "tide" },
    { kind: "tool_start", choice: 0, call: 1, id: "call_1", name: "wind" },
    { kind: "tool_arguments", choice: 0, call: 1, text: '{"port":' },
    { kind: "tool_arguments", choice: 0, call: 0, text: '{"port":"Calais"}' },
    { kind: "tool_arguments", choice: 0, call: 1, text: '"Dover"}' },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "tool_end", choice: 0, call: 1 },
    { kind: "finish", choice: 0, finish: "tool_calls" },
    { kind: "usage", usage: { inputTokens: 12, outputTokens: 7 } },
    { kind: "end" },
  ];
  const theirs = await finalMessage([...streamOf(events)].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(JSON.parse(JSON.stringify(theirs.content)), [
    { type: "thinking", thinking: "満潮", signature: "tidegate::" },
    { type: "text", text: "I look.", citations: null },
    { type: "tool_use", id: "call_0", name: "tide", input: { port: "Calais" } },
    { type: "tool_use", id: "call_1", name: "wind", input: { port: "Dover" } },
  ]);
  assert.deepEqual([theirs.usage.input_tokens, theirs.usage.output_tokens], [12, 7]);
});
