import assert from "node:assert/strict";
import type { ChatPart, ChatRequest, ChatTurn } from "../../../../../src/core/chat.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { writeChatRequest } from "../../../../../src/formats/gemini/translation/requests/write_request.ts";
import { writeContext } from "../../../../support/translation/translate.ts";

const ASKED: ChatRequest = {
  model: "m",
  stream: false,
  streamUsage: false,
  system: [],
  turns: [],
  tools: [],
};

const text = (value: string): ChatPart => ({ kind: "text", text: value });
const user = (...parts: ChatPart[]): ChatTurn => ({ role: "user", parts });
const model = (...parts: ChatPart[]): ChatTurn => ({ role: "assistant", parts });
const call = (id: string, name: string, args = "{}"): ChatPart => ({
  kind: "tool_call",
  id,
  name,
  arguments: args,
});
const result = (callId: string, value: string, isError = false): ChatPart => ({
  kind: "tool_result",
  callId,
  parts: [{ kind: "text", text: value }],
  isError,
});

function written(request: Partial<ChatRequest>, name = "gemini-2.5-flash") {
  const context = writeContext(name);
  const { body, path, query } = writeChatRequest({ ...ASKED, ...request }, context);
  // What tests read of a body is compared, not trusted.
  return {
    body: body as Record<string, never>,
    path,
    query,
    dropped: context.losses.dropped,
    names: context.names,
  };
}

function refusal(request: Partial<ChatRequest>): string | undefined {
  try {
    written(request);
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === "not_translatable", String(error));
    return error.detail.param;
  }
  return undefined;
}

Deno.test("a stream is asked for by its verb and alt=sse, the model is encoded into the path", () => {
  const { path, query } = written({ stream: true }, "gemini-2.5-flash");
  assert.deepEqual([path, query], ["/v1beta/models/gemini-2.5-flash:streamGenerateContent", "alt=sse"]);
  assert.equal(written({}, "tunedModels/mine").path, "/v1beta/tunedModels/mine:generateContent");
  assert.equal(written({}, "a:b c").path, "/v1beta/models/a%3Ab%20c:generateContent");
});

Deno.test("results of one turn's calls become one content, in the order of the calls, before all else", () => {
  const { body } = written({
    turns: [
      user(text("Weather?")),
      model(text("I look."), call("call_1", "get", '{"city":"Paris"}'), call("call_2", "get", "")),
      user(result("call_2", "rain")),
      user(result("call_1", '{"sky":"clear","n":1.0}'), text("And tomorrow?")),
    ],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body.contents)), [
    { role: "user", parts: [{ text: "Weather?" }] },
    {
      role: "model",
      parts: [
        { text: "I look." },
        { functionCall: { name: "get", args: { city: "Paris" } } },
        { functionCall: { name: "get" } },
      ],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { name: "get", response: { sky: "clear", n: 1 } } },
        { functionResponse: { name: "get", response: { output: "rain" } } },
        { text: "And tomorrow?" },
      ],
    },
  ]);
  assert.ok(JSON.stringify(body).includes('"n":1.0'), "numbers keep their spelling");
});

Deno.test("an instruction in the middle is marked text of the user's and never parts calls from results", () => {
  const system: ChatTurn = { role: "system", parts: [text("Be brief.")] };
  const { body, dropped } = written({
    turns: [user(text("a")), model(call("call_1", "f")), system, user(result("call_1", "1")), system],
  });
  const marked = { text: "<system>\nBe brief.\n</system>" };
  assert.deepEqual(JSON.parse(JSON.stringify(body.contents)).slice(2), [
    { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "1" } } }, marked] },
    { role: "user", parts: [marked] },
  ]);
  assert.deepEqual(dropped, ["systemPosition", "systemPosition"]);
});

Deno.test("a step of the current turn without a signature of Gemini's gets the documented stand-in, once", () => {
  const turns = [
    user(text("old")),
    model(call("call_0", "f")),
    user(result("call_0", "0")),
    model(text("done")),
    user(text("new")),
    model(call("call_1", "f"), call("call_2", "f")),
    user(result("call_1", "1"), result("call_2", "2"), text("<reminder>")),
    model({
      ...call("call_3", "f"),
      signature: { format: "gemini_generate", value: "c2ln" },
    } as ChatPart),
    user(result("call_3", "3")),
  ];
  const signatures = (name: string) =>
    JSON.stringify(written({ turns }, name).body.contents).match(/"thoughtSignature":"[^"]*"/g) ?? [];
  assert.deepEqual(signatures("gemini-3-flash-preview"), [
    '"thoughtSignature":"skip_thought_signature_validator"',
    '"thoughtSignature":"c2ln"',
  ]);
  assert.deepEqual(signatures("gemini-2.5-pro"), ['"thoughtSignature":"c2ln"']);
});

Deno.test("thoughts and signatures of other vendors stay behind, and it is told", () => {
  const foreign = { format: "anthropic_messages", value: "sig" };
  const { body, dropped } = written({
    turns: [
      user(text("a")),
      model({ kind: "reasoning", text: "hm", signature: foreign }, text("b")),
      model({ kind: "reasoning", text: "", redacted: true, signature: foreign }),
      user(text("c")),
    ],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body.contents))[1], { role: "model", parts: [{ text: "b" }] });
  assert.deepEqual(dropped, ["reasoningSignature", "reasoningText", "reasoningSignature"]);
});

Deno.test("empty texts and turns are left out: the API refuses them", () => {
  const { body } = written({
    system: [{ kind: "text", text: "" }],
    turns: [user(text("")), user(text("a"), text(""))],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body)), {
    contents: [{ role: "user", parts: [{ text: "a" }] }],
  });
});

Deno.test("tool names the API does not take are spelt in another way, the same in declaration, choice, call and result", () => {
  const { body, names } = written({
    tools: [{ kind: "function", name: "9 lives/now" }],
    toolChoice: { mode: "required", only: ["9 lives/now"] },
    turns: [user(text("a")), model(call("call_1", "9 lives/now")), user(result("call_1", "x"))],
  });
  const wires = new Set(JSON.stringify(body).match(/_?9?_lives_now_[0-9a-f]{8}/g));
  assert.equal(wires.size, 1);
  const [wire = ""] = wires;
  assert.match(wire, /^[A-Za-z_]/);
  assert.equal(names.original(wire), "9 lives/now");
  assert.equal(JSON.stringify(body).includes("9 lives"), false);
});

Deno.test("failed tools answer under error; pictures in results stand inside or behind, by generation", () => {
  const picture: ChatPart = {
    kind: "tool_result",
    callId: "call_1",
    isError: true,
    parts: [
      { kind: "text", text: "broke" },
      { kind: "image", source: { from: "base64", mediaType: "image/png", data: "AAAA" } },
    ],
  };
  const turns = [user(text("a")), model(call("call_1", "f")), user(picture)];
  const inlineData = { mimeType: "image/png", data: "AAAA" };
  const parts = (name: string) => JSON.parse(JSON.stringify(written({ turns }, name).body.contents))[2].parts;
  const response = { error: "broke" };
  assert.deepEqual(parts("gemini-3-pro"), [{
    functionResponse: { name: "f", response, parts: [{ inlineData }] },
  }]);
  assert.deepEqual(parts("gemini-2.5-pro"), [{ functionResponse: { name: "f", response } }, { inlineData }]);
  assert.deepEqual(written({ turns }).dropped, ["toolResultMedia"]);
});

Deno.test("effort is a level from the third generation on and a budget before it", () => {
  const thinking = (reasoning: ChatRequest["reasoning"], name: string) => {
    const { body, dropped } = written({ ...(reasoning && { reasoning }) }, name);
    const config = JSON.parse(JSON.stringify(body)).generationConfig?.thinkingConfig;
    return [config, dropped];
  };
  assert.deepEqual(thinking({ effort: "low" }, "gemini-3-pro-preview"), [{ thinkingLevel: "LOW" }, []]);
  assert.deepEqual(thinking({ effort: "max" }, "gemini-flash-latest"), [{ thinkingLevel: "HIGH" }, [
    "reasoning (max)",
  ]]);
  assert.deepEqual(thinking({ effort: "medium", show: true }, "gemini-2.5-flash"), [
    { includeThoughts: true, thinkingBudget: 8192 },
    [],
  ]);
  assert.deepEqual(thinking({ effort: "high", budgetTokens: 5000 }, "gemini-2.5-flash"), [{
    thinkingBudget: 5000,
  }, []]);
  assert.deepEqual(thinking({ enabled: false }, "gemini-3-flash"), [{ thinkingBudget: 0 }, []]);
  assert.deepEqual(thinking({ enabled: true, summary: "auto" }, "gemini-2.5-flash"), [
    { includeThoughts: true, thinkingBudget: -1 },
    [],
  ]);
  assert.deepEqual(thinking(undefined, "gemini-2.5-flash"), [undefined, []]);
});

Deno.test("what has no member is dropped and told", () => {
  const { body, dropped } = written({
    parallelTools: false,
    user: "u",
    tier: "flex",
    seed: 2 ** 40,
    openai: { store: false },
    tools: [{ kind: "function", name: "f", strict: true, cache: {} }],
    turns: [{
      role: "user",
      name: "Ann",
      parts: [{
        kind: "image",
        detail: "high",
        source: { from: "base64", mediaType: "image/png", data: "AAAA" },
      }, {
        kind: "file",
        name: "a.pdf",
        source: { from: "base64", mediaType: "application/pdf", data: "AAAA" },
      }],
    }],
  });
  assert.deepEqual(dropped.toSorted(), [
    "cache",
    "detail (high)",
    "fileName",
    "openai (store)",
    "parallelTools",
    "seed",
    "speakerName",
    "tier",
    "toolStrict",
    "user",
  ]);
  assert.deepEqual(Object.keys(body), ["contents", "tools"]);
  assert.deepEqual(written({ tier: "auto", parallelTools: true }).dropped, []);
});

Deno.test("what cannot be carried is refused by name", () => {
  const image = (source: Extract<ChatPart, { kind: "image" }>["source"]) =>
    refusal({ turns: [user({ kind: "image", source })] });
  assert.equal(image({ from: "url", url: "https://a.test/b.png" }), "image");
  assert.equal(image({ from: "id", id: "file-1", format: "openai_chat" }), "image");
  assert.equal(refusal({ stop: ["1", "2", "3", "4", "5", "6"] }), "stop");
  assert.equal(refusal({ tools: [{ kind: "custom", name: "patch" }] }), "tools");
  assert.equal(refusal({ turns: [user(result("call_9", "x"))] }), "tool_result");
});

Deno.test("a document given as text is text, with its title before it", () => {
  const { body } = written({
    turns: [user({
      kind: "file",
      name: "Notes",
      source: { from: "text", text: "a\nb", mediaType: "text/plain" },
    })],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body.contents))[0].parts, [{ text: "Notes\n\na\nb" }]);
});

Deno.test("a schema's description goes into the schema, its name nowhere", () => {
  const { body } = written({
    output: { kind: "schema", name: "n", description: "d", strict: true, schema: { type: "object" } },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body)).generationConfig, {
    responseMimeType: "application/json",
    responseJsonSchema: { description: "d", type: "object" },
  });
});
