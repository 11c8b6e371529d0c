import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, type GenerateContentResponse, GoogleGenAI } from "@google/genai";
import type { ChatAnswer, ChatEvent } from "../../src/core/chat.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../src/core/bytes/exact_json.ts";
import type { ClientError } from "../../src/formats/format.ts";
import { geminiCountTokens } from "../../src/formats/gemini/gemini_count_tokens.ts";
import { geminiEmbeddings } from "../../src/formats/gemini/gemini_embeddings.ts";
import { geminiGenerate } from "../../src/formats/gemini/gemini_generate.ts";
import { geminiPathModel } from "../../src/formats/gemini/paths.ts";
import { streamFixture, streamFixtureNames } from "../support/read_stream.ts";
import { answerContext, received, writeContext } from "../support/translation/translate.ts";
import { atOnce } from "../../src/core/time/steps.ts";

const MODEL = "gemini-2.5-flash";
const encoder = new TextEncoder();

const TRUNCATED: ClientError = {
  status: 502,
  code: "upstream_truncated",
  message: "The answer was cut. Send the request again.",
  requestId: "018f0000-0000-7000-8000-000000000001",
};

interface Asked {
  readonly path: string;
  readonly query: string;
  readonly body: JsonObject;
}

/** Calls the real SDK against a server that answers every request with the given bytes. */
async function withAnswer<T>(
  answer: {
    readonly status?: number;
    readonly type?: string;
    readonly body: readonly (Uint8Array | string)[];
  },
  use: (client: GoogleGenAI) => Promise<T>,
): Promise<{ result: T; asked: Asked }> {
  let asked: Asked | undefined;
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const body = parseExact(text);
    asked = { path, query, body: isJsonObject(body) ? body : {} };
    const type = answer.type ?? "text/event-stream";
    response.writeHead(answer.status ?? 200, { "content-type": type, connection: "close" });
    for (const chunk of answer.body) response.write(chunk);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const client = new GoogleGenAI({
    apiKey: "test",
    httpOptions: { baseUrl: `http://127.0.0.1:${port}`, apiVersion: "v1beta" },
  });
  try {
    const result = await use(client);
    assert.ok(asked !== undefined);
    return { result, asked };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function readAll(client: GoogleGenAI): Promise<GenerateContentResponse[]> {
  const stream = await client.models.generateContentStream({ model: MODEL, contents: "Hi" });
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const BEGINNING = encoder.encode('data: {"candidates":[{"content":{"parts":[{"text":"x"}]}}]}\r\n\r\n');
const { keepAlive } = geminiGenerate;
const asked = geminiGenerate.chat.readRequest(received({ contents: [] }, "", MODEL));

// It never closes the body of a stream that it gives up.
const LEAVES_BODIES = { sanitizeResources: false };

Deno.test(
  "the SDK raises the error event with its status, after any number of events",
  LEAVES_BODIES,
  async () => {
    for (const before of [[], [BEGINNING], [keepAlive, BEGINNING, keepAlive]]) {
      await assert.rejects(
        withAnswer({ body: [...before, geminiGenerate.errorEvent(TRUNCATED)] }, readAll),
        (error) => {
          assert.ok(error instanceof ApiError, String(error));
          assert.equal(error.status, TRUNCATED.status);
          assert.ok(error.message.includes(TRUNCATED.message) && error.message.includes(TRUNCATED.code));
          return true;
        },
      );
    }
  },
);

Deno.test("the SDK does not take a stream cut inside an event for a whole one", LEAVES_BODIES, async () => {
  const cut = 'data: {"candidates":[{"content":{"parts":[{"text":"in the mid';
  await assert.rejects(withAnswer({ body: [BEGINNING, cut, geminiGenerate.errorEvent(TRUNCATED)] }, readAll));
});

Deno.test("the SDK passes over keep-alives wherever they may stand", async () => {
  const body = [keepAlive, keepAlive, BEGINNING, keepAlive, keepAlive, keepAlive, BEGINNING, keepAlive];
  assert.equal((await withAnswer({ body }, readAll)).result.length, 2);
});

Deno.test("the SDK reads the error envelope", async () => {
  const error: ClientError = { ...TRUNCATED, status: 404, code: "model_not_found", param: "model" };
  const body = [geminiGenerate.errorBody(error)];
  const call = withAnswer(
    { status: 404, type: "application/json", body },
    (client) => client.models.generateContent({ model: MODEL, contents: "Hi" }),
  );
  await assert.rejects(call, (thrown) => {
    assert.ok(thrown instanceof ApiError && thrown.status === 404);
    assert.deepEqual(JSON.parse(thrown.message), JSON.parse(body[0] ?? ""));
    return true;
  });
});

/** An answer as another vendor gives it: thought, text, two calls at once. */
const ANSWER: ChatAnswer = {
  id: undefined,
  model: "other",
  choices: [{
    index: 0,
    parts: [
      { kind: "reasoning", text: "hm", signature: { format: "anthropic_messages", value: "sig" } },
      { kind: "text", text: "Grüße 東京" },
      { kind: "tool_call", id: "toolu_1", name: "get", arguments: '{"city":"Paris"}' },
      { kind: "tool_call", id: "toolu_2", name: "now", arguments: "" },
    ],
    finish: "tool_calls",
  }],
  usage: { inputTokens: 10, outputTokens: 9, cachedInputTokens: 4, reasoningTokens: 3 },
};

const EVENTS: readonly ChatEvent[] = [
  { kind: "start", id: "msg_1", model: "other" },
  { kind: "reasoning", choice: 0, text: "h" },
  { kind: "reasoning", choice: 0, text: "m" },
  { kind: "reasoning_end", choice: 0, signature: { format: "anthropic_messages", value: "sig" } },
  { kind: "text", choice: 0, text: "Grüße " },
  { kind: "text", choice: 0, text: "東京" },
  { kind: "tool_start", choice: 0, call: 0, id: "toolu_1", name: "get" },
  { kind: "tool_start", choice: 0, call: 1, id: "toolu_2", name: "now" },
  { kind: "tool_arguments", choice: 0, call: 0, text: '{"ci' },
  { kind: "tool_arguments", choice: 0, call: 0, text: 'ty":"Paris"}' },
  { kind: "tool_end", choice: 0, call: 0 },
  { kind: "tool_end", choice: 0, call: 1 },
  { kind: "usage", usage: { inputTokens: 10, outputTokens: 0, cachedInputTokens: 4 } },
  { kind: "finish", choice: 0, finish: "tool_calls" },
  { kind: "usage", usage: { inputTokens: 10, outputTokens: 9, reasoningTokens: 3 } },
  { kind: "end" },
];

/** What the SDK says of an answer, whole or of the chunks of a stream. */
function tale(chunks: readonly GenerateContentResponse[]): unknown {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const texts = (isThought: boolean) =>
    parts.filter(({ thought }) => (thought === true) === isThought).map(({ text }) => text ?? "").join("");
  const last = chunks.at(-1);
  return {
    thoughts: texts(true),
    text: texts(false),
    calls: parts.flatMap(({ functionCall }) => functionCall === undefined ? [] : [functionCall]),
    finish: last?.candidates?.[0]?.finishReason,
    usage: { ...last?.usageMetadata },
    model: last?.modelVersion,
  };
}

const EXPECTED = {
  thoughts: "hm",
  text: "Grüße 東京",
  calls: [{ id: "toolu_1", name: "get", args: { city: "Paris" } }, { id: "toolu_2", name: "now", args: {} }],
  finish: "STOP",
  usage: {
    promptTokenCount: 10,
    candidatesTokenCount: 6,
    totalTokenCount: 19,
    cachedContentTokenCount: 4,
    thoughtsTokenCount: 3,
  },
  model: MODEL,
};

Deno.test("another vendor's answer reads in the SDK like Gemini's own: text, thoughts, calls, finish, usage", async () => {
  const body = JSON.stringify(geminiGenerate.chat.writeAnswer(ANSWER, answerContext(asked, MODEL)));
  const { result } = await withAnswer(
    { type: "application/json", body: [body] },
    (client) => client.models.generateContent({ model: MODEL, contents: "Hi" }),
  );
  assert.deepEqual(tale([result]), EXPECTED);
});

Deno.test("and so does its stream, in which each text is a chunk of its own and calls come whole", async () => {
  const writer = geminiGenerate.chat.eventWriter({ ...answerContext(asked, MODEL), framing: "sse" });
  const pieces = EVENTS.map((event) => writer.write(event));
  const { result } = await withAnswer({ body: pieces.filter((piece) => piece !== "") }, readAll);
  assert.deepEqual(tale(result), EXPECTED);
  assert.equal(result.length, 7);
  assert.ok((pieces[4] ?? "").includes("Grüße"), "a text leaves with its event");
});

Deno.test("what the SDK reads in every stream is what we put together", async () => {
  for (const name of streamFixtureNames("gemini").filter((each) => !/cut|error/.test(each))) {
    const bytes = streamFixture("gemini", name);
    const { result } = await withAnswer({ body: [bytes] }, readAll);
    const ours: GenerateContentResponse = JSON.parse(atOnce(geminiGenerate.assemble(bytes)).body);
    const first = ({ candidates }: GenerateContentResponse) =>
      candidates?.filter(({ index = 0 }) => index === 0)[0]?.content?.parts ?? [];
    const text = (chunks: readonly GenerateContentResponse[]) =>
      chunks.flatMap(first).map((part) => `${part.thought === true}${part.text ?? ""}`);
    assert.equal(
      text(result).join("").replace(/true|false/g, ""),
      text([ours]).join("").replace(/true|false/g, ""),
      name,
    );
    const calls = (chunks: readonly GenerateContentResponse[]) =>
      chunks.flatMap(first).flatMap(({ functionCall }) => functionCall === undefined ? [] : [functionCall]);
    assert.deepEqual(calls(result), calls([ours]), name);
  }
});

Deno.test("the SDK's own requests are read, and written again as it sent them", async () => {
  const { asked: sent } = await withAnswer(
    { type: "application/json", body: ["{}"] },
    (client) =>
      client.models.generateContent({
        model: MODEL,
        contents: [
          {
            role: "user",
            parts: [{ text: "Weather?" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }],
          },
          { role: "model", parts: [{ functionCall: { id: "c1", name: "get", args: { a: 1 } } }] },
          {
            role: "user",
            parts: [{ functionResponse: { id: "c1", name: "get", response: { output: "sun" } } }],
          },
        ],
        config: {
          systemInstruction: "Be brief.",
          temperature: 0.5,
          maxOutputTokens: 64,
          stopSequences: ["x"],
          thinkingConfig: { thinkingBudget: 128, includeThoughts: true },
          responseMimeType: "application/json",
          responseJsonSchema: { type: "object" },
          tools: [{ functionDeclarations: [{ name: "get", parametersJsonSchema: { type: "object" } }] }],
        },
      }),
  );
  assert.deepEqual(geminiPathModel.read(sent.path), { model: MODEL, stream: false });
  const request = geminiGenerate.chat.readRequest(received(sent.body, sent.path, MODEL));
  assert.equal(request.native, undefined);
  const { path, body } = geminiGenerate.chat.writeRequest(request, writeContext(MODEL));
  assert.equal(path, sent.path);
  const system = isJsonObject(sent.body.systemInstruction) ? sent.body.systemInstruction : {};
  const { role: _role, ...systemInstruction } = system;
  assert.deepEqual(JSON.parse(JSON.stringify(body)), { ...sent.body, systemInstruction });
});

Deno.test("the SDK's stream asks for server-sent events by its path and query", async () => {
  const { asked: sent } = await withAnswer({ body: [BEGINNING] }, readAll);
  assert.deepEqual(geminiPathModel.read(sent.path), { model: MODEL, stream: true });
  assert.equal(sent.query, "alt=sse");
});

Deno.test("embeddings of another vendor reach the SDK, and its request is read", async () => {
  const side = geminiEmbeddings.embeddings;
  const texts = side.readRequest(received({ requests: [{ content: { parts: [{ text: "a" }] } }] }, "", "e"));
  const answer = { model: "other", vectors: [[0.5, -1]], inputTokens: 3 };
  const body = [JSON.stringify(side.writeAnswer(answer, answerContext(texts, "e")))];
  const { result, asked: sent } = await withAnswer(
    { type: "application/json", body },
    (client) =>
      client.models.embedContent({ model: "e", contents: ["a"], config: { outputDimensionality: 2 } }),
  );
  assert.deepEqual(result.embeddings?.map(({ values }) => values), [[0.5, -1]]);
  const request = side.readRequest(received(sent.body, sent.path, "e"));
  assert.deepEqual([request.inputs, request.dimensions, request.single], [["a"], 2, false]);
});

Deno.test("a count of tokens reaches the SDK", async () => {
  const side = geminiCountTokens.tokenCount;
  const body = [JSON.stringify(side.writeAnswer({ inputTokens: 31 }, answerContext(asked, MODEL)))];
  const { result, asked: sent } = await withAnswer(
    { type: "application/json", body },
    (client) => client.models.countTokens({ model: MODEL, contents: "Hi" }),
  );
  assert.equal(result.totalTokens, 31);
  assert.equal(side.readRequest(received(sent.body, sent.path, MODEL)).turns.length, 1);
});
