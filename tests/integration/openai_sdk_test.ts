import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import OpenAI, { toFile } from "openai";
import { at, startGateway, type TestGateway } from "../support/start_gateway.ts";

const CONFIG = {
  pools: [{
    provider: "simulated",
    upstreams: [{ url: "simulated://one" }, { url: "simulated://two" }],
    models: [
      ...["simulated-mini", "simulated-reasoning", "simulated-embedding", "simulated-image"],
      ...["simulated-speech", "simulated-transcribe", "simulated-moderation"],
    ],
  }],
};

const weather = {
  type: "function" as const, // a literal type, as the SDK asks
  function: {
    name: "get_weather",
    description: "Weather at a place",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const hello = [{ role: "user" as const, content: "Hello there" }]; // a literal type, as the SDK asks

/** Runs `body` with the official SDK, unmodified, against a whole gateway. */
function sdkTest(name: string, body: (client: OpenAI, gateway: TestGateway) => Promise<void>): void {
  Deno.test(`the openai SDK through the gateway: ${name}`, async () => {
    await using gateway = await startGateway({ config: CONFIG });
    await body(new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 }), gateway);
  });
}

sdkTest("chat", async (client, gateway) => {
  const { data, response } = await client.chat.completions.create({
    model: "simulated-mini",
    messages: hello,
  })
    .withResponse();
  assert.match(data.choices[0]?.message.content ?? "", /Hello there/);
  assert.equal(response.headers.get("x-tidegate-simulated"), "true");
  assert.equal(response.headers.get("x-tidegate-attempts"), "1");
  const [record] = await gateway.records();
  assert.equal(at(record, "id"), response.headers.get("x-request-id"));
  assert.equal(at(record, "response.choices.0.message.content"), data.choices[0]?.message.content);
  assert.equal(at(record, "usage.inputTokens"), data.usage?.prompt_tokens);
  assert.equal(at(record, "decision.route"), "model:simulated-mini");
  assert.equal(at(record, "decision.strategy"), "weighted_round_robin");
});

sdkTest("a stream, and the same text in its record", async (client, gateway) => {
  const stream = client.chat.completions.stream({
    model: "simulated-mini",
    messages: hello,
    stream_options: { include_usage: true },
  });
  const completion = await stream.finalChatCompletion();
  const [record] = await gateway.records();
  assert.equal(at(record, "outcome"), "ok");
  assert.equal(at(record, "stream"), true);
  assert.equal(at(record, "response.object"), "chat.completion");
  assert.equal(at(record, "response.choices.0.message.content"), completion.choices[0]?.message.content);
  assert.equal(at(record, "usage.outputTokens"), completion.usage?.completion_tokens);
});

sdkTest("reasoning of a stream is kept in the record", async (client, gateway) => {
  const stream = await client.chat.completions.create({
    model: "simulated-reasoning",
    messages: hello,
    stream: true,
  });
  let reasoning = "";
  for await (const chunk of stream) {
    const delta: unknown = chunk.choices[0]?.delta;
    if (typeof delta === "object" && delta !== null && "reasoning_content" in delta) {
      reasoning += String(delta.reasoning_content ?? "");
    }
  }
  assert.notEqual(reasoning, "");
  const [record] = await gateway.records();
  assert.equal(at(record, "response.choices.0.message.reasoning_content"), reasoning);
});

sdkTest("tools, called in fragments, answered, and recorded", async (client, gateway) => {
  const runner = client.chat.completions.runTools({
    model: "simulated-mini",
    stream: true,
    messages: hello,
    tools: [{
      type: "function",
      function: { ...weather.function, parse: JSON.parse, function: () => "12 degrees" },
    }],
  });
  assert.match(await runner.finalContent() ?? "", /12 degrees/);
  const [first] = await gateway.records();
  assert.equal(at(first, "response.choices.0.message.tool_calls.0.function.name"), "get_weather");
  assert.ok(
    "city" in JSON.parse(String(at(first, "response.choices.0.message.tool_calls.0.function.arguments"))),
  );
});

sdkTest("embeddings", async (client) => {
  const { data } = await client.embeddings.create({
    model: "simulated-embedding",
    input: ["a", "b"],
    dimensions: 8,
  });
  assert.equal(data.length, 2);
  assert.equal(data[0]?.embedding.length, 8);
});

sdkTest("models: what the tenant may use, one by one too", async (client) => {
  const names: string[] = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.deepEqual(names, CONFIG.pools[0]?.models);
  assert.equal((await client.models.retrieve("simulated-mini")).id, "simulated-mini");
  await assert.rejects(
    client.models.retrieve("nothing"),
    (error: Error) => error instanceof OpenAI.NotFoundError,
  );
});

sdkTest("image edit (multipart)", async (client, gateway) => {
  const image = await toFile(Buffer.alloc(300_000, 7), "in.png", { type: "image/png" });
  const { data } = await client.images.edit({ model: "simulated-image", image, prompt: "paint it" });
  assert.equal(Buffer.from(data?.[0]?.b64_json ?? "", "base64").subarray(1, 4).toString(), "PNG");
  const [record] = await gateway.records();
  assert.equal(at(record, "model"), "simulated-image");
  assert.match(String(at(record, "request.contentType")), /^multipart\/form-data/);
});

sdkTest("speech (binary)", async (client, gateway) => {
  const answer = await client.audio.speech.create({
    model: "simulated-speech",
    voice: "alloy",
    input: "hi",
    response_format: "wav",
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "RIFF");
  const [record] = await gateway.records();
  assert.equal(at(record, "response.sizeBytes"), bytes.length);
});

sdkTest("transcription (multipart)", async (client) => {
  const file = await toFile(Buffer.alloc(1000), "a.wav");
  const { text } = await client.audio.transcriptions.create({ model: "simulated-transcribe", file });
  assert.notEqual(text, "");
});

sdkTest("responses, streamed and not", async (client, gateway) => {
  const whole = await client.responses.create({ model: "simulated-mini", input: "Hello there" });
  assert.match(whole.output_text, /Hello there/);
  const stream = await client.responses.create({
    model: "simulated-mini",
    input: "Hello there",
    stream: true,
  });
  let text = "";
  for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
  assert.match(text, /Hello there/);
  const [, record] = await gateway.records();
  assert.equal(at(record, "format"), "openai_responses");
  assert.equal(at(record, "response.status"), "completed");
});

sdkTest("moderations and old completions", async (client) => {
  const { results } = await client.moderations.create({ model: "simulated-moderation", input: "x" });
  assert.equal(results.length, 1);
  const { choices } = await client.completions.create({ model: "simulated-mini", prompt: "Once" });
  assert.notEqual(choices[0]?.text, "");
});

sdkTest("errors are the SDK's own classes, with the request's id", async (client, gateway) => {
  const wrongKey = new OpenAI({ apiKey: "sk-nobody", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  await assert.rejects(
    wrongKey.chat.completions.create({ model: "simulated-mini", messages: hello }),
    (error: Error) => error instanceof OpenAI.AuthenticationError && error.code === "invalid_api_key",
  );
  await assert.rejects(
    client.chat.completions.create({ model: "no-such-model", messages: hello }),
    (error: Error) =>
      error instanceof OpenAI.NotFoundError && error.code === "model_not_found" &&
      error.requestID !== undefined,
  );
});

Deno.test("the openai SDK through the gateway: a client that leaves midway is recorded as that", async () => {
  const config = {
    pools: [{ provider: "simulated", upstreams: [{ url: "simulated://slow?tokensPerSecond=20" }] }],
  };
  await using gateway = await startGateway({ config });
  const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: "simulated-mini",
    messages: hello,
    stream: true,
  });
  for await (const _chunk of stream) break;
  const [record] = await gateway.records();
  assert.equal(at(record, "outcome"), "client_gone");
});
