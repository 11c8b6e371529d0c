import assert from "node:assert/strict";
import { ERROR_STATUS } from "../../../src/core/errors.ts";
import { type ClientError, STREAM_SIGNS } from "../../../src/formats/format.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/anthropic_messages.ts";
import { anthropicFixture, namedEvents, readStream, type TypedEvent } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const { content, end, error, malformed } = STREAM_SIGNS;
const encode = (text: string) => new TextEncoder().encode(text);
const read = (...events: TypedEvent[]) => readStream(anthropicMessages, namedEvents(...events));

const TEXT_DELTA = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "x" } };
const STOP = { type: "message_stop" };
const delta = (fields: Record<string, unknown>) => ({ type: "content_block_delta", index: 0, delta: fields });
const start = (block: Record<string, unknown>) => ({
  type: "content_block_start",
  index: 0,
  ["content_block"]: block,
});

Deno.test("announcements, pings and empty beginnings are not content", () => {
  for (
    const event of [
      { type: "message_start", message: { id: "m", content: [], usage: { ["input_tokens"]: 5 } } },
      { type: "ping" },
      start({ type: "text", text: "" }),
      start({ type: "text", text: "", citations: [] }),
      start({ type: "thinking", thinking: "", signature: "" }),
      delta({ type: "text_delta", text: "" }),
      delta({ type: "input_json_delta", ["partial_json"]: "" }),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { ["stop_reason"]: null }, usage: {} },
      { type: "future_event", x: 1 },
    ]
  ) {
    assert.equal(read(event).signs, 0, JSON.stringify(event));
  }
});

Deno.test("text, thoughts, signatures, tool input and blocks that are an answer by themselves are content", () => {
  for (
    const event of [
      TEXT_DELTA,
      delta({ type: "thinking_delta", thinking: "x" }),
      delta({ type: "signature_delta", signature: "x" }),
      delta({ type: "input_json_delta", ["partial_json"]: "{" }),
      delta({ type: "future_delta", what: "x" }),
      start({ type: "tool_use", id: "t", name: "f", input: {} }),
      start({ type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      start({ type: "redacted_thinking", data: "x" }),
      start({ type: "text", text: "x" }),
      // It explains an answer without a word in it.
      { type: "message_delta", delta: { ["stop_reason"]: "refusal" }, usage: {} },
    ]
  ) {
    assert.equal(read(event).signs, content, JSON.stringify(event));
  }
});

Deno.test("only message_stop ends a stream", () => {
  assert.equal(read(TEXT_DELTA).ended, false);
  const finish = { type: "message_delta", delta: { ["stop_reason"]: "end_turn" }, usage: {} };
  assert.equal(read(TEXT_DELTA, finish).ended, false);
  assert.deepEqual([read(TEXT_DELTA, STOP).signs, read(TEXT_DELTA, STOP).ended], [content | end, true]);
  const unnamed = encode(
    `data: ${JSON.stringify(TEXT_DELTA)}\n\ndata: ${JSON.stringify(STOP)}\n\ndata: [DONE]\n\n`,
  );
  assert.deepEqual(readStream(anthropicMessages, unnamed).signs, content | end);
});

Deno.test("an error is known by its name or its type, before content and after it", () => {
  const told = {
    type: "error",
    error: { type: "overloaded_error", message: "Overloaded" },
    ["request_id"]: "r",
  };
  for (const before of [[], [TEXT_DELTA], [TEXT_DELTA, STOP]]) {
    for (
      const bytes of [
        namedEvents(told),
        encode(`data: ${JSON.stringify(told)}\n\n`),
        encode(`event: error\ndata: ${JSON.stringify({ error: told.error })}\n\n`),
      ]
    ) {
      const tale = readStream(anthropicMessages, new Uint8Array([...namedEvents(...before), ...bytes]));
      assert.equal(tale.signs & error, error);
      assert.equal(tale.ended, false);
      assert.deepEqual(JSON.parse(tale.errorData ?? "").error, told.error);
    }
  }
  const tale = readStream(anthropicMessages, anthropicFixture("overloaded"));
  assert.deepEqual([tale.signs, tale.hasContent], [error, false], "failover is still free");
});

Deno.test("broken events are noted, an error whose text is broken is one all the same", () => {
  const broken = (name: string) => encode(`event: ${name}\ndata: {"type":"x\n\n`);
  assert.equal(readStream(anthropicMessages, broken("content_block_delta")).signs, malformed);
  assert.equal(readStream(anthropicMessages, broken("error")).signs, error);
  const late = new Uint8Array([...namedEvents(TEXT_DELTA), ...broken("content_block_delta")]);
  assert.equal(readStream(anthropicMessages, late).signs, content | malformed);
});

Deno.test("an event too large to be looked at is judged by its name", () => {
  const large = "A".repeat(1_200_000);
  assert.equal(read(delta({ type: "text_delta", text: large })).signs, content | malformed);
  assert.equal(read({ type: "message_start", message: { id: large } }).signs, malformed);
  assert.equal(read({ type: "error", error: large }).signs, error | malformed);
});

Deno.test("a stream becomes the message it would have been, input with its numbers as they came", () => {
  const answer = atOnce(anthropicMessages.assemble(anthropicFixture("tools")));
  const message = JSON.parse(answer.body);
  assert.deepEqual([message.id, message.role, message.stop_reason], ["msg_tools", "assistant", "tool_use"]);
  assert.ok(
    answer.body.includes('"input":{"port":"Calais","at":1.0,"id":12345678901234567890}'),
    answer.body,
  );
  assert.deepEqual(message.content.map((block: { type: string }) => block.type), [
    "text",
    "tool_use",
    "tool_use",
    "tool_use",
  ]);
  assert.deepEqual(message.content[3].input, {});
  assert.deepEqual(answer.usage, {
    inputTokens: 31,
    outputTokens: 40,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
  });
  assert.deepEqual([answer.model, answer.finish], ["claude-synthetic-5-5", "tool_use"]);
});

Deno.test("thoughts, signatures, citations and what servers did are kept", () => {
  const { content: thought } = JSON.parse(
    atOnce(anthropicMessages.assemble(anthropicFixture("thinking"))).body,
  );
  assert.deepEqual(thought, [
    {
      type: "thinking",
      thinking: "The moon is full, so it is a spring tide.",
      signature: "EqoBCkgIARABGAIiQL==",
    },
    { type: "redacted_thinking", data: "EmwKAhgBEgy3" },
    { type: "thinking", thinking: "", signature: "EqoBhidden==" },
    { type: "text", text: "A spring tide." },
  ]);
  const served = JSON.parse(atOnce(anthropicMessages.assemble(anthropicFixture("server_tools"))).body);
  assert.deepEqual(served.content[0].input, { query: "tide Calais" });
  assert.equal(served.content[2].citations.length, 1);
  assert.equal(served.usage.server_tool_use.web_search_requests, 1);
  assert.equal(served.usage.service_tier, "standard", "of the beginning, not repeated at the end");
  const stopped = JSON.parse(atOnce(anthropicMessages.assemble(anthropicFixture("stop_sequence"))).body);
  assert.deepEqual([stopped.stop_sequence, stopped.context_management], ["three", { applied_edits: [] }]);
});

Deno.test("a stream that was cut keeps what came, a tool's input as its text so far", () => {
  const message = JSON.parse(atOnce(anthropicMessages.assemble(anthropicFixture("cut"))).body);
  assert.equal(message.stop_reason, null);
  assert.equal(message.content[0].text, "I look it up.");
  assert.equal(message.content[1].input, '{"port":"Cal');
  const failed = JSON.parse(atOnce(anthropicMessages.assemble(anthropicFixture("overloaded"))).body);
  assert.equal(failed.error.type, "overloaded_error");
  assert.deepEqual(JSON.parse(atOnce(anthropicMessages.assemble(new Uint8Array(0))).body).content, []);
});

Deno.test("hostile indexes and names make no giant lists and change no prototype", () => {
  const { body } = atOnce(anthropicMessages.assemble(namedEvents(
    { ...start({ type: "text", text: "" }), index: 4e9 },
    start({ type: "text", text: "" }),
    { ...TEXT_DELTA, index: 4e9 },
    delta({ type: "x", constructor: "a", ["__proto__"]: "b" }),
    TEXT_DELTA,
  )));
  assert.equal(JSON.parse(body).content.length, 1);
  assert.equal(JSON.parse(body).content[0].text, "x");
});

Deno.test("usage counts input with what the cache had a part in", () => {
  const usage = {
    ["input_tokens"]: 3,
    ["cache_read_input_tokens"]: 1000,
    ["cache_creation_input_tokens"]: 200,
    ["output_tokens"]: 60,
    ["output_tokens_details"]: { ["thinking_tokens"]: 44 },
  };
  const body = JSON.stringify({ model: "claude-x", ["stop_reason"]: "end_turn", usage });
  assert.deepEqual(anthropicMessages.readAnswer(encode(body)), {
    usage: {
      inputTokens: 1203,
      outputTokens: 60,
      cachedInputTokens: 1000,
      cacheWriteTokens: 200,
      reasoningTokens: 44,
    },
    model: "claude-x",
    finish: "end_turn",
  });
  const odd = JSON.stringify({ usage: { ["input_tokens"]: null, ["output_tokens"]: -1 }, model: 5 });
  assert.deepEqual(anthropicMessages.readAnswer(encode(odd)), {});
});

Deno.test("errors carry the vendor's words for their statuses, and the code where its SDKs look", () => {
  const told = (error: Partial<ClientError>) => {
    const whole = { status: 500, code: "internal_error", message: "m", requestId: "01", ...error };
    return {
      ...JSON.parse(anthropicMessages.errorBody(whole)),
      status: anthropicMessages.errorStatus(whole),
    };
  };
  assert.deepEqual(told({ status: 404, code: "model_not_found", param: "model" }), {
    type: "error",
    error: {
      type: "not_found_error",
      message: "m",
      details: { ["error_code"]: "model_not_found", param: "model" },
    },
    ["request_id"]: "01",
    status: 404,
  });
  const types: readonly (readonly [keyof typeof ERROR_STATUS, string, number])[] = [
    ["invalid_api_key", "authentication_error", 401],
    ["invalid_body", "invalid_request_error", 400],
    ["path_not_allowed", "permission_error", 403],
    ["request_too_large", "request_too_large", 413],
    ["unsupported_encoding", "invalid_request_error", 415],
    ["rate_limited", "rate_limit_error", 429],
    ["insufficient_quota", "rate_limit_error", 429],
    ["overloaded", "overloaded_error", 529],
    ["no_endpoint", "overloaded_error", 529],
    ["upstream_error", "api_error", 502],
    ["upstream_timeout", "timeout_error", 504],
  ];
  for (const [code, type, status] of types) {
    const error = told({ code, status: ERROR_STATUS[code] });
    assert.deepEqual([error.error.type, error.status], [type, status], code);
  }
});
