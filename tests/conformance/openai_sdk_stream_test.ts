import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI, { APIError } from "openai";
import type { ClientError, Format } from "../../src/formats/format.ts";
import { openaiChat } from "../../src/formats/openai/openai_chat.ts";
import { openaiCompletions } from "../../src/formats/openai/openai_completions.ts";
import { openaiResponses } from "../../src/formats/openai/openai_responses.ts";
import { dataEvents, openaiFixture } from "../support/read_stream.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const TRUNCATED: ClientError = {
  status: 502,
  code: "upstream_truncated",
  message: "The answer was cut. Send the request again.",
  requestId: "018f0000-0000-7000-8000-000000000001",
};

/** Calls the real SDK against a server that answers every request with the given bytes. */
async function withAnswer<T>(
  answer: { status?: number; body: readonly Uint8Array[] },
  use: (client: OpenAI) => Promise<T>,
): Promise<T> {
  const isStream = answer.status === undefined;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status ?? 200, {
      "content-type": isStream ? "text/event-stream" : "application/json",
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
      new OpenAI({
        apiKey: "sk-test",
        baseURL: `http://127.0.0.1:${port}/v1`,
        maxRetries: 0,
        logLevel: "off",
      }),
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Reads a stream of each kind to its end and tells how many events came. */
const READERS: readonly [Format, (client: OpenAI) => Promise<number>][] = [
  [openaiChat, async (client) =>
    await countOf(
      await client.chat.completions.create({
        model: "m",
        messages: [{ role: "user", content: "a" }],
        stream: true,
      }),
    )],
  [
    openaiCompletions,
    async (client) =>
      await countOf(await client.completions.create({ model: "m", prompt: "a", stream: true })),
  ],
  [
    openaiResponses,
    async (client) => await countOf(await client.responses.create({ model: "m", input: "a", stream: true })),
  ],
];

async function countOf(stream: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _event of stream) count++;
  return count;
}

const BEGINNING = dataEvents({ type: "response.output_text.delta", delta: "x", choices: [] });

for (const [format, read] of READERS) {
  Deno.test(`${format.type}: the official SDK raises the error event with its code, after any number of events`, async () => {
    for (const before of [[], [BEGINNING], [format.keepAlive, BEGINNING, format.keepAlive]]) {
      const body = [...before, format.errorEvent(TRUNCATED)];
      await assert.rejects(withAnswer({ body }, read), (error) => {
        assert.ok(error instanceof APIError, String(error));
        assert.equal(error.code, TRUNCATED.code);
        assert.ok(error.message.includes(TRUNCATED.message));
        return true;
      });
    }
  });

  Deno.test(`${format.type}: the SDK does not take a stream cut inside an event for a whole one`, async () => {
    const cut = new TextEncoder().encode('data: {"type":"response.output_text.delta","delta":"in the mid');
    await assert.rejects(withAnswer({ body: [BEGINNING, cut, format.errorEvent(TRUNCATED)] }, read));
  });

  Deno.test(`${format.type}: the SDK passes over keep-alives wherever they may stand`, async () => {
    const body = [
      format.keepAlive,
      format.keepAlive,
      BEGINNING,
      format.keepAlive,
      BEGINNING,
      format.keepAlive,
    ];
    assert.equal(await withAnswer({ body }, read), 2);
  });

  Deno.test(`${format.type}: the SDK reads the error envelope`, async () => {
    const error: ClientError = { ...TRUNCATED, status: 404, code: "model_not_found", param: "model" };
    const body = [new TextEncoder().encode(format.errorBody(error))];
    await assert.rejects(withAnswer({ status: 404, body }, read), {
      status: 404,
      code: "model_not_found",
      param: "model",
      type: "invalid_request_error",
    });
  });
}

Deno.test("what the SDK puts together of a stream is what we put together", async () => {
  for (const name of ["text", "tools"]) {
    const bytes = openaiFixture(`synthetic_chat_${name}`);
    const theirs = await withAnswer(
      { body: [bytes] },
      (client) =>
        client.chat.completions.stream({ model: "m", messages: [{ role: "user", content: "a" }] })
          .finalChatCompletion(),
    );
    const ours = JSON.parse(atOnce(openaiChat.assemble(bytes)).body);
    const [choice] = theirs.choices;
    assert.equal(choice?.message.content, ours.choices[0].message.content);
    assert.equal(choice?.finish_reason, ours.choices[0].finish_reason);
    // Names are left out: of a name in pieces the SDK keeps the last, where we join them.
    const plain = (calls: unknown) =>
      JSON.parse(JSON.stringify(calls ?? [], ["id", "type", "function", "arguments"]));
    assert.deepEqual(plain(choice?.message.tool_calls), plain(ours.choices[0].message.tool_calls));
  }
});
