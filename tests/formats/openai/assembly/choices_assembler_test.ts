import assert from "node:assert/strict";
import { openaiChat } from "../../../../src/formats/openai/openai_chat.ts";
import { dataEvents, openaiFixture } from "../../../support/read_stream.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

/** The assembled answer of a fixture, parsed. */
function assembled(name: string) {
  const answer = atOnce(openaiChat.assemble(openaiFixture(`synthetic_chat_${name}`)));
  return { ...answer, json: JSON.parse(answer.body) };
}

const delta = (value: unknown, index = 0) => ({ choices: [{ index, delta: value }] });

/** The message put together from some deltas of one choice. */
function message(...deltas: unknown[]) {
  const { body } = atOnce(openaiChat.assemble(dataEvents(...deltas.map((value) => delta(value)))));
  return JSON.parse(body).choices[0].message;
}

Deno.test("text, finish reason, usage and the fields we do not know come out as a whole answer", () => {
  const { json, usage, model, finish } = assembled("text");
  assert.equal(json.object, "chat.completion");
  assert.equal(
    json.choices[0].message.content,
    'The tide turns at six — 六点。 "error": {"finish_reason": "stop"}',
  );
  assert.deepEqual(Object.keys(json.choices[0]), ["index", "message", "logprobs", "finish_reason"]);
  assert.equal(json.system_fingerprint, "fp_synthetic");
  assert.equal(json.service_tier, "default");
  assert.equal("obfuscation" in json, false);
  assert.equal(json.usage.prompt_tokens_details.audio_tokens, 0);
  assert.deepEqual([model, finish], ["gpt-synthetic-2026-01-01", "stop"]);
  assert.deepEqual(usage, { inputTokens: 21, outputTokens: 17, cachedInputTokens: 8, reasoningTokens: 5 });
});

Deno.test("interleaved fragments of several tool calls find their own call", () => {
  const { json, finish } = assembled("tools");
  assert.equal(finish, "tool_calls");
  assert.deepEqual(json.choices[0].message, {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_a", type: "function", function: { name: "tide_at", arguments: '{"port":"Brest"}' } },
      { id: "call_b", type: "function", function: { name: "weather", arguments: "{}" } },
    ],
  });
});

Deno.test("deltas with content null do not break reasoning, and reasoning is kept apart from content", () => {
  const { json } = assembled("reasoning");
  assert.deepEqual(json.choices[0].message, {
    role: "assistant",
    content: "At noon.",
    reasoning_content: "Six hours and twelve minutes.",
  });
});

Deno.test("Azure's opening filter event gives its results and hides neither id nor model", () => {
  const { json } = assembled("azure");
  assert.deepEqual([json.id, json.model, json.created], [
    "chatcmpl-synthetic1",
    "gpt-synthetic-2026-01-01",
    1767225600,
  ]);
  assert.equal(json.prompt_filter_results[0].prompt_index, 0);
  assert.equal(json.choices[0].content_filter_results.hate.severity, "safe");
});

Deno.test("whole calls without an index stay two calls", () => {
  const calls = assembled("google").json.choices[0].message.tool_calls;
  assert.deepEqual(calls.map((call: { function: unknown }) => call.function), [
    { arguments: '{"a":1}', name: "first" },
    { arguments: '{"b":2}', name: "second" },
  ]);
  assert.equal(calls[0].extra_content.google.thought_signature, "c2ln");
});

Deno.test("several choices are told apart and each keeps its end", () => {
  const { json, finish } = assembled("choices");
  assert.deepEqual(
    json.choices.map((choice: { index: number; message: { content: string }; finish_reason: string }) => [
      choice.index,
      choice.message.content,
      choice.finish_reason,
    ]),
    [[0, "left bank", "length"], [1, "right bank", "stop"]],
  );
  assert.equal(finish, "length");
});

Deno.test("numbers stay as they were written", () => {
  const { body } = assembled("logprobs");
  assert.ok(body.includes('"created":12345678901234567890'), body);
  assert.equal(body.split('"logprob":-0.10,').length, 3, body);
  assert.ok(body.includes('"content":[{"token":"a"') && body.includes('{"token":"b"'), body);
  const usage = atOnce(
    openaiChat.assemble(dataEvents('{"choices":[],"usage":{"prompt_tokens":3.0,"cost":1e-5}}')),
  );
  assert.ok(usage.body.endsWith('"usage":{"prompt_tokens":3.0,"cost":1e-5}}'), usage.body);
  assert.equal(usage.usage?.inputTokens, 3);
});

Deno.test("audio pieces, padded each for itself, become one", () => {
  const { audio } = assembled("audio").json.choices[0].message;
  assert.deepEqual(audio, { id: "audio_1", data: "AQID", transcript: "Hello", expires_at: 1767229200 });
});

Deno.test("lists of reasoning details join by index, as their server meant", () => {
  const { message } = assembled("openrouter").json.choices[0];
  assert.equal(message.content, "Yes");
  assert.equal(message.reasoning, "Let me");
  assert.deepEqual(message.reasoning_details, [
    { type: "reasoning.text", text: "Let me", format: "unknown", index: 0 },
  ]);
});

Deno.test("a stream cut in the middle gives what there was", () => {
  const { json, finish } = assembled("cut");
  assert.equal(json.choices[0].message.content, "The tide tur");
  assert.equal(json.choices[0].finish_reason, null);
  assert.equal(finish, undefined);
});

Deno.test("odd servers: one index for all calls, repeated names, late ids, a legacy function call", () => {
  const call = (value: unknown) => ({ tool_calls: [value] });
  assert.deepEqual(
    message(
      call({ index: 0, id: "a", function: { name: "f", arguments: "{" } }),
      call({ index: 0, id: "a", function: { name: "f", arguments: "}" } }),
      call({ index: 0, id: "b", function: { name: "g", arguments: "{}" } }),
    ).tool_calls,
    [
      { id: "a", function: { name: "f", arguments: "{}" } },
      { id: "b", function: { name: "g", arguments: "{}" } },
    ],
  );
  assert.deepEqual(
    message(call({ function: { name: "f", arguments: "[" } }), call({ function: { arguments: "]" } }))
      .tool_calls,
    [{ function: { name: "f", arguments: "[]" } }],
  );
  assert.deepEqual(
    message({ function_call: { name: "f", arguments: "{" } }, { function_call: { arguments: "}" } })
      .function_call,
    { name: "f", arguments: "{}" },
  );
  assert.deepEqual(message({ content: "a" }, { refusal: "no" }, { refusal: "pe" }), {
    role: "assistant",
    content: "a",
    refusal: "nope",
  });
});

Deno.test("content that changes between text and parts loses neither", () => {
  assert.deepEqual(
    message({ content: "a" }, { content: [{ type: "thinking", thinking: [] }] }, { content: "b" }, {
      content: "c",
    })
      .content,
    [{ type: "text", text: "a" }, { type: "thinking", thinking: [] }, { type: "text", text: "bc" }],
  );
});

Deno.test("hostile names and shapes harm nothing", () => {
  const text =
    '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"constructor":"x","content":"a"}}],' +
    '"__proto__":{"polluted":2}}';
  const { body } = atOnce(openaiChat.assemble(dataEvents(text, text)));
  assert.equal(({} as { polluted?: number }).polluted, undefined); // Any object would show it.
  assert.equal(JSON.parse(body).choices[0].message.content, "aa");
  assert.ok(body.includes('"__proto__":{"polluted":1}'), body);
  const deep = `{"choices":[{"delta":{"x":${"[".repeat(300_000)}${"]".repeat(300_000)}}}]}`;
  assert.equal(
    JSON.parse(atOnce(openaiChat.assemble(dataEvents(deep, delta({ content: "a" })))).body).choices.length,
    1,
  );
  const odd = dataEvents(
    delta(null),
    delta("x"),
    { choices: [null, 1, { index: "a" }] },
    { choices: {} },
    "[]",
    "{",
  );
  assert.equal(JSON.parse(atOnce(openaiChat.assemble(odd)).body).object, "chat.completion");
});

Deno.test("an empty stream, and one of an error alone, still give the object", () => {
  assert.equal(
    atOnce(openaiChat.assemble(new Uint8Array(0))).body,
    '{"object":"chat.completion","choices":[]}',
  );
  const failed = atOnce(openaiChat.assemble(dataEvents({ error: { code: "x", message: "m" } })));
  assert.deepEqual(JSON.parse(failed.body).error, { code: "x", message: "m" });
});
