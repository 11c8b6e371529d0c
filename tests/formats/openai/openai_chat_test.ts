import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { openaiChat } from "../../../src/formats/openai/openai_chat.ts";
import { dataEvents, openaiFixture, readStream } from "../../support/read_stream.ts";

const { content, end, error, malformed } = STREAM_SIGNS;
const encode = (text: string) => new TextEncoder().encode(text);

const delta = (value: unknown, finish: string | null = null, index = 0) => ({
  id: "c1",
  object: "chat.completion.chunk",
  choices: [{ index, delta: value, ["finish_reason"]: finish }],
});

/** The first chunk of an answer that has already begun. */
const BEGUN = delta({ content: "x" });

Deno.test("creating runs a model; stored completions belong to the account", () => {
  assert.equal(openaiChat.grant("POST", "/v1/chat/completions"), "inference");
  for (const method of ["GET", "POST", "DELETE"]) {
    assert.equal(openaiChat.grant(method, "/v1/chat/completions/chatcmpl-1"), "account");
  }
  assert.equal(openaiChat.grant("GET", "/v1/chat/completions"), "account");
  assert.equal(openaiChat.grant("POST", "/v1/chat/completions/"), "account");
});

Deno.test("what says nothing to the user is not content", () => {
  for (
    const event of [
      delta({ role: "assistant" }),
      delta({ role: "assistant", content: "" }),
      delta({ role: "assistant", name: "Assistant", content: "", refusal: null, tool_calls: [] }),
      delta({ content: null, reasoning_content: null, reasoning: "", reasoning_details: [], audio: null }),
      delta({}),
      { choices: [], usage: { prompt_tokens: 1 } },
      { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      { choices: [{ index: 0, delta: {}, content_filter_offsets: { start: 1 }, ["finish_reason"]: null }] },
      { id: "only" },
    ]
  ) {
    assert.deepEqual(readStream(openaiChat, dataEvents(event)).signs, 0, JSON.stringify(event));
  }
  assert.equal(readStream(openaiChat, encode(": OPENROUTER PROCESSING\n\n:\n\nevent: ping\n\n")).signs, 0);
});

Deno.test("text, reasoning, tool calls, refusals, audio and a finish reason commit", () => {
  for (
    const event of [
      delta({ content: "a" }),
      delta({ content: " " }),
      delta({ content: null, reasoning_content: "hm" }),
      delta({ reasoning: "hm" }),
      delta({ reasoning_details: [{ type: "reasoning.text", text: "hm" }] }),
      delta({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "" } }] }),
      delta({ function_call: { name: "f" } }),
      delta({ refusal: "no" }),
      delta({ audio: { id: "a" } }),
      delta({ images: [{ image_url: { url: "data:" } }] }),
      delta({ content: [{ type: "thinking", thinking: [] }] }),
      delta({ a_new_kind_of_answer: "x" }),
      delta({}, "stop"),
      delta({}, "content_filter"),
      { choices: [{ index: 0, message: { role: "assistant", content: "whole" } }] },
    ]
  ) {
    assert.equal(readStream(openaiChat, dataEvents(event)).signs, content, JSON.stringify(event));
  }
});

Deno.test("an answer ends with [DONE] or with a finish reason of every choice seen, and no other way", () => {
  const ended = (...events: unknown[]) => readStream(openaiChat, dataEvents(...events)).ended;
  assert.equal(ended(BEGUN), false);
  assert.equal(ended(BEGUN, "[DONE]"), true);
  assert.equal(ended(BEGUN, delta({}, "stop")), true);
  assert.equal(ended(BEGUN, delta({}, "stop"), { choices: [], usage: {} }), true);
  assert.equal(ended(BEGUN, delta({ content: "" }, "")), false, "an empty finish reason is none");
  assert.equal(ended(BEGUN, delta({ content: "y" }, null, 1), delta({}, "stop", 0)), false);
  assert.equal(
    ended(BEGUN, delta({ content: "y" }, null, 1), delta({}, "stop", 0), delta({}, "stop", 1)),
    true,
  );
  assert.equal(
    ended(delta({ content: "y" }, null, 1), BEGUN, delta({}, "stop", 1)),
    false,
    "choice 0 is open",
  );
  assert.equal(ended(), false);
  assert.equal(ended("[DONE]"), true, "no content, but the server's own end");
  assert.equal(readStream(openaiChat, dataEvents(BEGUN, "[DONE]")).signs, content | end);
});

Deno.test("text that quotes the marks is text", () => {
  const quoting = delta({ content: 'say "finish_reason": "stop" and "error": {} or data: [DONE]' });
  const tale = readStream(openaiChat, dataEvents(BEGUN, quoting, delta({ content: "error" })));
  assert.deepEqual([tale.signs, tale.ended], [content, false]);
});

Deno.test("an error inside the stream is told with its data, before and after content", () => {
  for (
    const event of [
      { error: { message: "m", code: "server_error" } },
      { error: "overloaded" },
      { object: "error", message: "m", code: 500 },
      { ...delta({ content: "" }, "error"), error: { code: 502, message: "gone" } },
    ]
  ) {
    const first = readStream(openaiChat, dataEvents(event));
    assert.deepEqual([first.signs, first.ended], [error, false], JSON.stringify(event));
    assert.equal(first.errorData, JSON.stringify(event));
    const later = readStream(openaiChat, dataEvents(BEGUN, event, "[DONE]"));
    assert.deepEqual([later.signs, later.ended], [content | error | end, false], JSON.stringify(event));
    assert.equal(later.errorData, JSON.stringify(event));
  }
  const named = readStream(openaiChat, encode('event: error\ndata: {"message":"m"}\n\n'));
  assert.equal(named.signs, error);
  assert.equal(readStream(openaiChat, dataEvents({ ...BEGUN, error: null })).signs, content);
});

Deno.test("the first error's data is kept, and no more than 64 KiB of it", () => {
  const tale = readStream(openaiChat, dataEvents({ error: "x".repeat(100_000) }, { error: "second" }));
  assert.equal(tale.errorData?.length, 65_536);
  assert.ok(tale.errorData.startsWith('{"error":"xxx'));
});

Deno.test("broken events are noted and do not end anything", () => {
  for (const broken of ["{", "nonsense", '{"choices":[{"delta":{"content":"a"}', "[1]", "12"]) {
    assert.equal(readStream(openaiChat, dataEvents(broken)).signs, malformed, broken);
  }
  const tale = readStream(openaiChat, dataEvents(BEGUN, '{"id":"c1","choices":[{"del', delta({}, "stop")));
  assert.deepEqual([tale.signs, tale.ended], [content | malformed, true]);
});

Deno.test("an event too large to be looked at commits, because it is surely an answer", () => {
  const tale = readStream(openaiChat, dataEvents(delta({ images: ["x".repeat(1_100_000)] }), "[DONE]"));
  assert.deepEqual([tale.signs, tale.ended], [content | malformed | end, true]);
});

Deno.test("the facts of a whole answer are read, and odd ones are left out", () => {
  const answer = {
    model: "m",
    choices: [{ message: { content: "x".repeat(100) }, ["finish_reason"]: "tool_calls" }],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 9,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  };
  assert.deepEqual(openaiChat.readAnswer(encode(JSON.stringify(answer))), {
    model: "m",
    finish: "tool_calls",
    usage: {
      inputTokens: 20,
      outputTokens: 9,
      cachedInputTokens: 4,
      cacheWriteTokens: 2,
      reasoningTokens: 3,
    },
  });
  const odd = { model: 7, choices: {}, usage: { prompt_tokens: -1, completion_tokens: 1e300 } };
  for (
    const text of [JSON.stringify(odd), "", "{", "null", "[]", "<html>", '{"usage":null,"choices":[null]}']
  ) {
    assert.deepEqual(openaiChat.readAnswer(encode(text)), {}, text);
  }
});

Deno.test("the error envelope has its four keys and OpenAI's types", () => {
  const type = (status: number, code: string) =>
    JSON.parse(openaiChat.errorBody({ status, code, message: "m", requestId: "r" })).error.type;
  assert.equal(type(401, "invalid_api_key"), "invalid_request_error");
  assert.equal(type(404, "model_not_found"), "invalid_request_error");
  assert.equal(type(429, "rate_limited"), "rate_limit_error");
  assert.equal(type(429, "insufficient_quota"), "insufficient_quota");
  assert.equal(type(503, "no_endpoint"), "service_unavailable_error");
  assert.equal(type(502, "upstream_error"), "server_error");
  assert.equal(
    openaiChat.errorBody({
      status: 400,
      code: "model_required",
      message: "m",
      param: "model",
      requestId: "r",
    }),
    '{"error":{"message":"m","type":"invalid_request_error","param":"model","code":"model_required"}}',
  );
});

Deno.test("fixtures: each whole stream has content and an end, and the cut one has none", () => {
  const names = [
    "text",
    "tools",
    "reasoning",
    "azure",
    "google",
    "choices",
    "logprobs",
    "audio",
    "openrouter",
  ];
  for (const name of names) {
    const tale = readStream(openaiChat, openaiFixture(`synthetic_chat_${name}`));
    assert.deepEqual([tale.hasContent, tale.ended, tale.errorData], [true, true, undefined], name);
    assert.equal(tale.signs & (error | malformed), 0, name);
  }
  const cut = readStream(openaiChat, openaiFixture("synthetic_chat_cut"));
  assert.deepEqual([cut.hasContent, cut.ended, cut.betweenEvents], [true, false, false]);
});
