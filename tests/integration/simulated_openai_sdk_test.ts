import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { systemRuntime } from "../../src/core/time/system_runtime.ts";
import { startSimulatedVendors } from "../../src/providers/simulated/server.ts";

/** Runs `body` with the official SDK, unmodified, speaking to the vendor of `url`. */
function sdkTest(name: string, body: (client: OpenAI) => Promise<void>, url = "simulated://fast"): void {
  Deno.test(`the openai SDK and a simulated vendor: ${name}`, async () => {
    const vendors = await startSimulatedVendors({ runtime: systemRuntime() });
    try {
      await body(new OpenAI({ apiKey: "sk-one", baseURL: vendors.urlOf(url), maxRetries: 0 }));
    } finally {
      await vendors.close();
    }
  });
}

const weather = {
  type: "function" as const, // a literal type, as the SDK asks
  function: {
    name: "get_weather",
    description: "Weather at a place",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string" },
        days: { type: "integer", minimum: 2 },
        unit: { enum: ["C", "F"] },
      },
      required: ["city", "days", "unit"],
    },
  },
};

sdkTest("an answer names the vendor, echoes the request and counts tokens", async (client) => {
  const { data, response } = await client.chat.completions.create({
    model: "simulated-mini",
    messages: [{ role: "system", content: "Be kind." }, { role: "user", content: "Grüße, 世界 🌍" }],
  }).withResponse();
  assert.equal(response.headers.get("x-tidegate-simulated"), "true");
  assert.match(response.headers.get("x-request-id") ?? "", /^req_/);
  assert.equal(
    data.choices[0]?.message.content,
    'Hello from "fast", a simulated vendor; no model was asked. You wrote: Grüße, 世界 🌍',
  );
  assert.equal(data.choices[0]?.finish_reason, "stop");
  assert.equal(data.model, "simulated-mini");
  assert.equal(
    data.usage?.total_tokens,
    (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0),
  );
});

sdkTest("a stream says what the whole answer says, with usage when it was asked for", async (client) => {
  const messages = [{ role: "user" as const, content: "Hello there" }]; // a literal type, as the SDK asks
  const whole = await client.chat.completions.create({ model: "simulated-mini", messages });
  const stream = client.chat.completions.stream({
    model: "simulated-mini",
    messages,
    stream_options: { include_usage: true },
  });
  let pieces = 0;
  stream.on("content", () => pieces++);
  const streamed = await stream.finalChatCompletion();
  assert.equal(streamed.choices[0]?.message.content, whole.choices[0]?.message.content);
  assert.equal(streamed.choices[0]?.finish_reason, "stop");
  assert.deepEqual(streamed.usage, whole.usage);
  assert.equal(pieces, whole.usage?.completion_tokens);
});

sdkTest("a plain stream has no usage chunk and every chunk has a choice", async (client) => {
  const stream = await client.chat.completions.create({
    model: "simulated-mini",
    messages: [{ role: "user", content: "Hi" }],
    stream: true,
  });
  for await (const chunk of stream) {
    assert.equal(chunk.choices.length, 1);
    assert.equal(chunk.usage, undefined);
  }
});

sdkTest("reasoning models think aloud first, whole and streamed", async (client) => {
  const request = { model: "simulated-reasoning", messages: [{ role: "user" as const, content: "Why?" }] }; // a literal type
  const whole = await client.chat.completions.create(request);
  const message: object = whole.choices[0]?.message ?? {};
  assert.match(String(Reflect.get(message, "reasoning_content")), /simulated reasoning/);
  assert.ok((whole.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0);
  const kinds: string[] = [];
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    const delta: object = chunk.choices[0]?.delta ?? {};
    for (const kind of ["reasoning_content", "content"]) if (Reflect.get(delta, kind)) kinds.push(kind);
  }
  assert.ok(kinds.includes("reasoning_content") && kinds.includes("content"));
  assert.ok(kinds.lastIndexOf("reasoning_content") < kinds.indexOf("content"));
});

sdkTest("runTools calls the tool with arguments its schema allows and ends with text", async (client) => {
  const calls: unknown[] = [];
  for (const stream of [false, true]) {
    const body = {
      model: "simulated-mini",
      messages: [{ role: "user" as const, content: "Weather in Oslo?" }], // a literal type
      tools: [{
        ...weather,
        function: {
          ...weather.function,
          parse: JSON.parse,
          function: (given: object) => {
            calls.push(given);
            return "17 degrees";
          },
        },
      }],
    };
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream: true })
      : client.chat.completions.runTools({ ...body, stream: false });
    assert.match(await runner.finalContent() ?? "", /The tool answered: 17 degrees/);
  }
  assert.deepEqual(calls, Array(2).fill({ city: "simulated city", days: 2, unit: "C" }));
});

sdkTest("a tool call is streamed in fragments that join to the whole one", async (client) => {
  const request = {
    model: "simulated-mini",
    messages: [{ role: "user" as const, content: "Go" }],
    tools: [weather],
  }; // literal
  const whole = await client.chat.completions.create(request);
  const call = whole.choices[0]?.message.tool_calls?.[0];
  assert.ok(call?.type === "function");
  let fragments = 0;
  let joined = "";
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    const fragment = chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments;
    if (fragment === undefined) continue;
    fragments++;
    joined += fragment;
  }
  assert.ok(fragments > 3);
  assert.equal(joined, call.function.arguments);
  assert.equal(whole.choices[0]?.finish_reason, "tool_calls");
  const none = await client.chat.completions.create({ ...request, tool_choice: "none" });
  assert.equal(none.choices[0]?.finish_reason, "stop");
});

sdkTest("response_format gives JSON: any object, or one of the schema", async (client) => {
  const ask = async (format: OpenAI.ChatCompletionCreateParams["response_format"]) => {
    const answer = await client.chat.completions.create({
      model: "simulated-mini",
      messages: [{ role: "user", content: "JSON, please" }],
      ...(format === undefined ? {} : { response_format: format }),
    });
    return JSON.parse(answer.choices[0]?.message.content ?? "");
  };
  assert.deepEqual(await ask({ type: "json_object" }), {
    simulated: true,
    vendor: "fast",
    echo: "JSON, please",
  });
  const schema = {
    type: "object",
    properties: { ok: { type: "boolean" } },
    required: ["ok"],
    additionalProperties: false,
  };
  assert.deepEqual(await ask({ type: "json_schema", json_schema: { name: "x", schema, strict: true } }), {
    ok: true,
  });
});

sdkTest("n, stop and max_tokens are obeyed", async (client) => {
  const messages = [{ role: "user" as const, content: "one two three" }]; // a literal type
  const several = await client.chat.completions.create({ model: "simulated-mini", messages, n: 3 });
  assert.deepEqual(several.choices.map((choice) => choice.index), [0, 1, 2]);
  const stopped = await client.chat.completions.create({
    model: "simulated-mini",
    messages,
    stop: [" two", "zzz"],
  });
  assert.match(stopped.choices[0]?.message.content ?? "", /You wrote: one$/);
  const short = await client.chat.completions.create({ model: "simulated-mini", messages, max_tokens: 2 });
  assert.equal(short.choices[0]?.finish_reason, "length");
  assert.equal(short.usage?.completion_tokens, 2);
});

sdkTest("completions answer whole and streamed", async (client) => {
  const request = { model: "simulated-mini", prompt: "Once upon a time" };
  const whole = await client.completions.create(request);
  let joined = "";
  for await (const chunk of await client.completions.create({ ...request, stream: true })) {
    joined += chunk.choices[0]?.text ?? "";
  }
  assert.match(joined, /Once upon a time/);
  assert.equal(joined, whole.choices[0]?.text);
});

sdkTest("responses answer with text, a reasoning item and usage", async (client) => {
  const answer = await client.responses.create({
    model: "simulated-reasoning",
    input: "Hi",
    instructions: "Be kind.",
  });
  assert.match(answer.output_text, /You wrote: Hi/);
  assert.deepEqual(answer.output.map((item) => item.type), ["reasoning", "message"]);
  assert.equal(answer.status, "completed");
  const short = await client.responses.create({ model: "simulated-mini", input: "Hi", max_output_tokens: 1 });
  assert.equal(short.status, "incomplete");
  assert.equal(short.incomplete_details?.reason, "max_output_tokens");
});

sdkTest("a streamed response has OpenAI's events in order, numbered from 0", async (client) => {
  const types: string[] = [];
  const numbers: number[] = [];
  const stream = client.responses.stream({ model: "simulated-mini", input: "Hi" });
  for await (const event of stream) {
    if (types.at(-1) !== event.type) types.push(event.type);
    numbers.push(event.sequence_number);
  }
  assert.deepEqual(types, [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual(numbers, numbers.map((_, index) => index));
  assert.match((await stream.finalResponse()).output_text, /You wrote: Hi/);
});

sdkTest("a function is called and its output taken in responses, whole and streamed", async (client) => {
  const tools = [{ type: "function" as const, strict: true, ...weather.function }]; // a literal type
  const stream = client.responses.stream({ model: "simulated-mini", input: "Weather?", tools });
  const [call] = (await stream.finalResponse()).output;
  assert.ok(call?.type === "function_call");
  assert.deepEqual(JSON.parse(call.arguments), { city: "simulated city", days: 2, unit: "C" });
  const answer = await client.responses.create({
    model: "simulated-mini",
    tools,
    input: [
      { role: "user", content: "Weather?" },
      call,
      { type: "function_call_output", call_id: call.call_id, output: "17 degrees" },
    ],
  });
  assert.match(answer.output_text, /The tool answered: 17 degrees/);
});

sdkTest(
  "embeddings are unit vectors of the input alone, the same as numbers and as base64",
  async (client) => {
    const ask = (input: string[], encoding?: "float") =>
      client.embeddings.create({
        model: "simulated-embedding",
        input,
        dimensions: 8,
        ...(encoding === undefined ? {} : { encoding_format: encoding }),
      });
    const base64 = (await ask(["a", "b"])).data.map((one) => one.embedding);
    const floats = (await ask(["a", "b"], "float")).data.map((one) => one.embedding);
    assert.deepEqual(base64, floats);
    assert.notDeepEqual(floats[0], floats[1]);
    const length = Math.hypot(...floats[0] ?? []);
    assert.ok(Math.abs(length - 1) < 1e-6, `length ${length}`);
    assert.equal((await client.embeddings.create({ model: "m", input: "a" })).data[0]?.embedding.length, 256);
  },
);

sdkTest("models are listed and found; an unlisted one is 404", async (client) => {
  const names: string[] = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes("simulated-mini"));
  assert.ok(names.every((name) => name.startsWith("simulated-")));
  assert.equal((await client.models.retrieve("simulated-mini")).owned_by, "simulated-fast");
  await assert.rejects(client.models.retrieve("gpt-4o"), OpenAI.NotFoundError);
});

sdkTest("moderations flag nothing", async (client) => {
  const answer = await client.moderations.create({ input: ["a", "b"] });
  assert.deepEqual(answer.results.map((result) => result.flagged), [false, false]);
});

sdkTest("images are made and edited, by a multipart form", async (client) => {
  const made = await client.images.generate({ model: "simulated-image", prompt: "a pixel", n: 2 });
  assert.equal(made.data?.length, 2);
  const png = Uint8Array.fromBase64(made.data?.[0]?.b64_json ?? "");
  const image = await toFile(png, "pixel.png", { type: "image/png" });
  const edited = await client.images.edit({
    model: "simulated-image",
    image: [image, image],
    prompt: "darker",
  });
  assert.equal(edited.data?.length, 1);
  assert.equal(edited.usage?.input_tokens_details.image_tokens, 2);
  await assertPng(png);
});

sdkTest("speech is MP3 by default, WAV or PCM when asked, and nothing else", async (client) => {
  const ask = async (format?: "wav" | "pcm" | "opus") => {
    const answer = await client.audio.speech.create({
      model: "simulated-speech",
      voice: "alloy",
      input: "Hello",
      ...(format === undefined ? {} : { response_format: format }),
    });
    return { type: answer.headers.get("content-type"), bytes: new Uint8Array(await answer.arrayBuffer()) };
  };
  const mp3 = await ask();
  assert.equal(mp3.type, "audio/mpeg");
  assert.equal(mp3.bytes.length, 8 * 417);
  for (let at = 0; at < mp3.bytes.length; at += 417) {
    assert.deepEqual([...mp3.bytes.slice(at, at + 2)], [0xff, 0xfb]);
  }
  const wav = await ask("wav");
  assert.equal(new TextDecoder().decode(wav.bytes.slice(0, 4)), "RIFF");
  assert.equal(new DataView(wav.bytes.buffer).getUint32(4, true) + 8, wav.bytes.length);
  assert.equal((await ask("pcm")).bytes.length + 44, wav.bytes.length);
  await assert.rejects(ask("opus"), OpenAI.BadRequestError);
});

sdkTest("transcriptions tell how much arrived", async (client) => {
  const file = await toFile(new Uint8Array(1234), "speech.wav", { type: "audio/wav" });
  const answer = await client.audio.transcriptions.create({ model: "simulated-transcribe", file });
  assert.match(answer.text, /1234 bytes/);
  const text = await client.audio.transcriptions.create({
    model: "simulated-transcribe",
    file,
    response_format: "text",
  });
  assert.match(String(text), /1234 bytes/);
});

sdkTest("files are kept apart by account", async (client) => {
  const content = "line one\r\n--not a boundary\r\n\u0000\u00ff";
  const kept = await client.files.create({
    file: await toFile(Buffer.from(content), "a.jsonl"),
    purpose: "batch",
  });
  assert.equal(kept.bytes, Buffer.byteLength(content));
  assert.equal(kept.purpose, "batch");
  assert.equal(await (await client.files.content(kept.id)).text(), content);
  assert.equal((await client.files.retrieve(kept.id)).filename, "a.jsonl");
  assert.deepEqual((await client.files.list()).data.map((file) => file.id), [kept.id]);
  const other = new OpenAI({ apiKey: "sk-two", baseURL: client.baseURL, maxRetries: 0 });
  assert.deepEqual((await other.files.list()).data, []);
  await assert.rejects(other.files.retrieve(kept.id), OpenAI.NotFoundError);
  await assert.rejects(other.files.delete(kept.id), OpenAI.NotFoundError);
  assert.equal((await client.files.delete(kept.id)).deleted, true);
  assert.deepEqual((await client.files.list()).data, []);
});

sdkTest("bad requests are 400 in OpenAI's envelope and name the field", async (client) => {
  const ask = (body: object) => client.post("/chat/completions", { body });
  for (
    const [body, param] of [
      [{ messages: [{ role: "user", content: "x" }] }, "model"],
      [{ model: "m" }, "messages"],
      [{ model: "m", messages: [] }, "messages"],
      [{ model: "m", messages: [7] }, "messages"],
      [{ model: "m", messages: [{ role: "user", content: "x" }], n: 0 }, "n"],
      [{ model: "m", messages: [{ role: "user", content: "x" }], max_tokens: 1.5 }, "max_tokens"],
    ] as const // the pairs keep their types
  ) {
    await assert.rejects(
      ask(body),
      (error) => error instanceof OpenAI.BadRequestError && error.param === param,
    );
  }
});

sdkTest("over its limit it answers 429 with OpenAI's headers", async (client) => {
  const ask = () => client.models.list().withResponse();
  const first = await ask();
  assert.equal(first.response.headers.get("x-ratelimit-limit-requests"), "2");
  assert.equal(first.response.headers.get("x-ratelimit-remaining-requests"), "1");
  assert.match(first.response.headers.get("x-ratelimit-reset-requests") ?? "", /^(30|29\.\d+)s$/);
  await ask();
  await assert.rejects(ask(), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, "rate_limit_exceeded");
    assert.equal(error.headers?.get("x-ratelimit-remaining-requests"), "0");
    const waitSeconds = Number(error.headers?.get("retry-after"));
    assert.ok(waitSeconds > 25 && waitSeconds <= 30, `retry-after ${waitSeconds}`);
    return true;
  });
  const other = new OpenAI({ apiKey: "sk-two", baseURL: client.baseURL, maxRetries: 0 });
  assert.ok((await other.models.list()).data.length > 0);
}, "simulated://limited?rateLimit=2");

/** Walks the chunks of a PNG, checks each CRC through the platform's own zlib, and inflates the pixel. */
async function assertPng(png: Uint8Array): Promise<void> {
  const { crc32, inflateSync } = await import("node:zlib");
  assert.deepEqual([...png.slice(0, 8)], [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  const types: string[] = [];
  for (let at = 8; at < png.length;) {
    const sizeBytes = view.getUint32(at);
    const type = new TextDecoder().decode(png.slice(at + 4, at + 8));
    assert.equal(view.getUint32(at + 8 + sizeBytes), crc32(png.slice(at + 4, at + 8 + sizeBytes)), type);
    if (type === "IDAT") assert.equal(inflateSync(png.slice(at + 8, at + 8 + sizeBytes)).length, 2);
    types.push(type);
    at += 12 + sizeBytes;
  }
  assert.deepEqual(types, ["IHDR", "IDAT", "IEND"]);
}
