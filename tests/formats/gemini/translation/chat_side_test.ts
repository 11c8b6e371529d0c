import assert from "node:assert/strict";
import { GatewayError } from "../../../../src/core/errors.ts";
import type { ChatEvent } from "../../../../src/core/chat.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../../../src/core/bytes/exact_json.ts";
import { readEvents } from "../../../../src/formats/events/read_events.ts";
import { geminiGenerate } from "../../../../src/formats/gemini/gemini_generate.ts";
import { geminiChatSide as side } from "../../../../src/formats/gemini/translation/chat_side.ts";
import { streamFixture, streamFixtureNames } from "../../../support/read_stream.ts";
import {
  answerContext,
  received,
  translationFixtures,
  writeContext,
} from "../../../support/translation/translate.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

/** The fixture's own name says for which generation it is. */
const modelOf = (name: string) => name.startsWith("gemini3") ? "gemini-3-pro-preview" : "gemini-2.5-flash";

function roundTrip(name: string, body: JsonObject): { body: JsonObject; dropped: string[] } {
  const model = modelOf(name);
  const request = side.readRequest(received(body, `/v1beta/models/${model}:generateContent`, model));
  const context = writeContext(model);
  const written = side.writeRequest(request, context);
  assert.equal(written.path, `/v1beta/models/${model}:generateContent`);
  return { body: JSON.parse(JSON.stringify(written.body)), dropped: context.losses.dropped };
}

/** A copy with the value at a dotted path replaced; undefined takes it away. */
function changed(body: JsonObject, edits: Readonly<Record<string, unknown>>): JsonObject {
  const copy = structuredClone(body);
  for (const [path, value] of Object.entries(edits)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let holder: JsonObject = copy;
    // Fixtures are made of objects and lists; a path that leads elsewhere fails the test.
    for (const name of names) holder = holder[name] as JsonObject;
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return copy;
}

const LIGHT = {
  type: "object",
  properties: {
    brightness: { type: "number", description: "From 0 to 100." },
    color: { type: ["string", "null"], enum: ["daylight", "cool", "warm", null] },
    rooms: { type: "array", items: { type: "string" }, minItems: 1 },
  },
  required: ["brightness"],
};

/** What the way through the hub changes, fixture by fixture; all others come back equal. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // Schemas of Google's own kind become JSON Schema; the order of properties is lost.
  ["tools_openapi"]: {
    "tools.0.functionDeclarations.0.parameters": undefined,
    "tools.0.functionDeclarations.0.parametersJsonSchema": LIGHT,
  },
  ["openapi_output"]: {
    "generationConfig.responseSchema": undefined,
    "generationConfig.responseJsonSchema": {
      type: "array",
      items: {
        type: "object",
        properties: { name: { type: "string" }, calories: { type: ["integer", "null"] } },
      },
    },
  },
  // The older word for the role of results.
  ["tool_turns_with_ids"]: { "contents.2.role": "user" },
  // The instruction's role says nothing; thoughts go back only where Gemini signed them.
  ["gemini_cli"]: {
    "systemInstruction.role": undefined,
    "contents.2.parts": [{
      functionCall: {
        id: "a8Xk2pQz",
        name: "list_directory",
        args: { ["dir_path"]: "/home/me/project" },
      },
      thoughtSignature: "EvUBCvIBAXLI2nysignature==",
    }],
  },
  // Names in camelCase, one object as a list of one, and roles told.
  ["snake_case"]: {
    ["system_instruction"]: undefined,
    ["generation_config"]: undefined,
    ["tool_config"]: undefined,
    systemInstruction: { parts: [{ text: "You are a cat. Your name is Neko." }] },
    contents: [{
      role: "user",
      parts: [{ text: "What is this?" }, {
        inlineData: {
          mimeType: "image/png",
          data:
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        },
      }],
    }],
    toolConfig: { functionCallingConfig: { mode: "AUTO" } },
    generationConfig: {
      maxOutputTokens: 100,
      responseMimeType: "application/json",
      thinkingConfig: { thinkingBudget: 0 },
    },
  },
};

const requests = translationFixtures("gemini_generate");

Deno.test("the corpus of requests is there", () => assert.ok(requests.length >= 18, String(requests.length)));

for (const [name, body] of requests) {
  Deno.test(`request ${name}: through the hub and back it is equal, or changed as listed`, () => {
    const once = roundTrip(name, body);
    assert.deepEqual(once.body, changed(body, CHANGES[name] ?? {}));
    const expected = name === "gemini_cli" ? ["reasoningText"] : [];
    assert.deepEqual(once.dropped, expected, "what is lost is told");
    assert.deepEqual(
      roundTrip(name, once.body),
      { body: once.body, dropped: [] },
      "a second time changes nothing",
    );
  });
}

/** What a whole answer loses: details beside the answer itself. */
const ANSWER_CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ["calls_without_ids"]: {
    "candidates.0.content.parts.0.functionCall.id": "call_",
    "candidates.0.content.parts.1.functionCall.id": "call_",
  },
  safety: {
    "candidates.0.content": { parts: [], role: "model" },
    "candidates.0.safetyRatings": undefined,
    "usageMetadata.candidatesTokenCount": 0,
  },
  // A blocked prompt is an empty answer that a filter ended.
  blocked: {
    promptFeedback: undefined,
    candidates: [{ content: { parts: [], role: "model" }, finishReason: "SAFETY", index: 0 }],
    "usageMetadata.candidatesTokenCount": 0,
  },
  // What tools put into the prompt is part of the input.
  code: { "usageMetadata.promptTokenCount": 17, "usageMetadata.toolUsePromptTokenCount": undefined },
};

/** Made-up ids are compared by their form: a digest says nothing to a reader. */
function plainIds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/"call_[0-9a-f]*"/g, '"call_"'));
}

for (const [name, body] of translationFixtures("gemini_generate_answers")) {
  Deno.test(`answer ${name}: through the hub and back it is equal, or changed as listed`, () => {
    const asked = side.readRequest(received({ contents: [] }, "", "gemini-2.5-flash"));
    const written = side.writeAnswer(side.readAnswer(body), answerContext(asked, "gemini-2.5-flash"));
    assert.deepEqual(plainIds(written), plainIds(changed(body, ANSWER_CHANGES[name] ?? {})));
  });
}

Deno.test("calls without an id get one that is the same each time and another in each answer", () => {
  const ids = (responseId: string) =>
    side.readAnswer({
      responseId,
      candidates: [{
        content: { parts: [{ functionCall: { name: "f" } }, { functionCall: { name: "f" } }] },
      }],
    }).choices.flatMap(({ parts }) => parts.map((part) => part.kind === "tool_call" ? part.id : ""));
  assert.deepEqual(ids("a"), ids("a"));
  assert.equal(new Set([...ids("a"), ...ids("b")]).size, 4);
});

/** The hub's events of a stream, and what the writer makes of them. */
function translated(name: string, framing: "sse" | "json_array"): { events: ChatEvent[]; text: string } {
  const asked = side.readRequest(received({ contents: [] }, "", "m", true));
  const [reader, writer] = [
    side.eventReader(),
    side.eventWriter({ ...answerContext(asked, "gemini-2.5-flash"), framing }),
  ];
  const events: ChatEvent[] = [];
  let text = "";
  const emit = (event: ChatEvent) => {
    events.push(event);
    text += writer.write(event);
  };
  atOnce(readEvents(streamFixture("gemini", name), (data, event) => {
    if (data.error === undefined) reader.event(event, data, emit);
  }));
  reader.end(emit);
  return { events, text };
}

/** Leaves out what the hub has no word for, and signatures of texts, which no event carries. */
function essence(answer: JsonObject): unknown {
  const text = JSON.stringify(answer, (key, value) => {
    if (
      /^(promptTokensDetails|safetyRatings|groundingMetadata|avgLogprobs|tokenId|modelVersion)$/.test(key)
    ) {
      return undefined;
    }
    if (isJsonObject(value) && typeof value.text === "string") {
      return { ...value, thoughtSignature: undefined };
    }
    return value;
  });
  return plainIds(JSON.parse(text));
}

function pictureOf(answer: JsonObject): string {
  const text = JSON.stringify(answer);
  const [, mediaType, data] = /"mimeType":"([^"]+)","data":"([^"]+)"/.exec(text) ??
    assert.fail("the fixture holds no picture");
  return `![image](data:${mediaType};base64,${data})`;
}

/** Streams whose answer is another one behind the hub, and why. */
const STREAM_CHANGES: Readonly<Record<string, (answer: JsonObject) => JsonObject>> = {
  ["synthetic_blocked"]: (answer) =>
    changed(answer, {
      ...ANSWER_CHANGES.blocked,
      candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "SAFETY", index: 0 }],
    }),
  ["synthetic_code"]: (answer) =>
    changed(answer, {
      "candidates.0.content.parts": [{
        text: "\n```python\nprint(2 ** 10)\n```\n\n```\n1024\n\n```\nIt is 1024.",
      }],
      "usageMetadata.promptTokenCount": 55,
      "usageMetadata.totalTokenCount": 85,
      "usageMetadata.toolUsePromptTokenCount": undefined,
    }),
  ["synthetic_parallel_no_ids"]: (answer) =>
    changed(answer, {
      "candidates.0.content.parts.1.functionCall": { id: "call_0", name: "list_files", args: {} },
      "candidates.0.content.parts.2.functionCall": { id: "call_1", name: "list_files", args: {} },
    }),
  // Pictures have no event: they are told as text.
  ["synthetic_image"]: (answer) =>
    changed(answer, { "candidates.0.content.parts": [{ text: pictureOf(answer) }] }),
};

Deno.test("a model that stumbled has not stopped: its answer is none, whole or streamed", () => {
  const isUnusable = (error: unknown) => error instanceof GatewayError && error.code === "upstream_malformed";
  assert.throws(() => translated("synthetic_malformed_call", "sse"), isUnusable);
  for (const finishReason of ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER"]) {
    const parts = [{ text: "Let me see" }];
    assert.throws(() => side.readAnswer({ candidates: [{ content: { parts }, finishReason }] }), isUnusable);
  }
});

const WHOLE = streamFixtureNames("gemini").filter((name) => !/cut|error|malformed/.test(name));

for (const name of WHOLE) {
  Deno.test(`stream ${name}: events of the hub become a stream that says the same`, () => {
    const original = JSON.parse(atOnce(geminiGenerate.assemble(streamFixture("gemini", name))).body);
    const expected = essence((STREAM_CHANGES[name] ?? ((answer) => answer))(original));
    const { text } = translated(name, "sse");
    assert.deepEqual(
      essence(JSON.parse(atOnce(geminiGenerate.assemble(new TextEncoder().encode(text))).body)),
      expected,
    );
    const reader = geminiGenerate.streamReader();
    reader.push(new TextEncoder().encode(text));
    assert.equal(reader.ended, true);
    const list = parseExact(translated(name, "json_array").text);
    assert.ok(Array.isArray(list));
    const lines = list.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join("");
    assert.equal(lines, text, "both framings hold the same events");
  });
}

Deno.test("the text of a chunk is told with that chunk, and usage is that of the vendor", () => {
  const { events } = translated("synthetic_thinking", "sse");
  assert.deepEqual(events.filter(({ kind }) => kind !== "usage"), [
    { kind: "start", id: "kR8eafGkK5KfvdIPrPSHwAw", model: "gemini-2.5-flash" },
    { kind: "reasoning", choice: 0, text: "**Weighing it**\n\nThe sky" },
    { kind: "reasoning", choice: 0, text: " scatters blue." },
    { kind: "reasoning_end", choice: 0 },
    { kind: "text", choice: 0, text: "Because of Rayleigh" },
    { kind: "text", choice: 0, text: " scattering." },
    { kind: "finish", choice: 0, finish: "stop" },
    { kind: "end" },
  ]);
  assert.deepEqual(events.filter(({ kind }) => kind === "usage").at(-1), {
    kind: "usage",
    usage: { inputTokens: 12, outputTokens: 95, cachedInputTokens: 4, reasoningTokens: 88 },
  });
});

Deno.test("parallel calls are counted from 0, whole, with their signatures and numbers as they came", () => {
  const { events } = translated("synthetic_tools", "sse");
  assert.deepEqual(events.filter(({ kind }) => /^(tool|finish)/.test(kind)), [
    {
      kind: "tool_start",
      choice: 0,
      call: 0,
      id: "a1b2c3d4",
      name: "get_weather",
      signature: { format: "gemini_generate", value: "CsQBAdHtim8signatureOfTheFirstCall==" },
    },
    { kind: "tool_arguments", choice: 0, call: 0, text: '{"city":"Paris","days":3,"ratio":1.0}' },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "tool_start", choice: 0, call: 1, id: "e5f6g7h8", name: "get_weather", signature: undefined },
    { kind: "tool_arguments", choice: 0, call: 1, text: '{"city":"東京"}' },
    { kind: "tool_end", choice: 0, call: 1 },
    { kind: "finish", choice: 0, finish: "tool_calls" },
  ]);
});
