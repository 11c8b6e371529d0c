import assert from "node:assert/strict";
import type { JsonObject } from "../../../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { readRequest } from "../../../../../src/formats/openai/chat/request/read_request.ts";
import { received } from "../../../../support/translation/chat_sides.ts";

const HI = { role: "user", content: "hi" };
const read = (members: JsonObject) => readRequest(received({ model: "m", messages: [HI], ...members }));

Deno.test("what OpenAI would refuse as malformed is refused, and the field is named", () => {
  const bad: readonly (readonly [string, JsonObject])[] = [
    ["messages", { messages: [] }],
    ["messages", { messages: undefined }],
    ["messages", { messages: {} }],
    ["messages[1]", { messages: [HI, "x"] }],
    ["messages[0].role", { messages: [{ role: "robot", content: "x" }] }],
    ["messages[0].content", { messages: [{ role: "user", content: 7 }] }],
    ["messages[0].content", { messages: [{ role: "system", content: [{ type: "refusal", refusal: "x" }] }] }],
    ["messages[0].content[1].text", {
      messages: [{ role: "user", content: [{ type: "text", text: "" }, { type: "text" }] }],
    }],
    ["messages[0].content[0].image_url", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }],
    ["messages[0].content[0].file.file_data", {
      messages: [{ role: "user", content: [{ type: "file", file: {} }] }],
    }],
    ["messages[0].tool_call_id", { messages: [{ role: "tool", content: "x" }] }],
    ["messages[0].tool_calls[0].id", {
      messages: [{ role: "assistant", tool_calls: [{ type: "function" }] }],
    }],
    ["messages[0].tool_calls[0].function.arguments", {
      messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: {} } }] }],
    }],
    ["temperature", { temperature: "hot" }],
    ["stop[1]", { stop: ["a", 1] }],
    ["tools[0].type", { tools: [{}] }],
    ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
    ["tool_choice", { tool_choice: "some" }],
    ["tool_choice.type", { tool_choice: { type: "web_search" } }],
    ["response_format.json_schema", { response_format: { type: "json_schema" } }],
    ["stream_options.include_usage", { stream_options: { include_usage: 1 } }],
  ];
  for (const [param, members] of bad) {
    assert.throws(() => read(members), (error) => {
      assert.ok(error instanceof GatewayError && error.code === "invalid_body");
      assert.equal(error.detail.param, param);
      assert.ok(error.message.startsWith(`'${param}' must be `), error.message);
      return true;
    });
  }
});

Deno.test("null is absent", () => {
  const nulls = {
    temperature: null,
    stop: null,
    tools: null,
    ["tool_choice"]: null,
    ["response_format"]: null,
  };
  assert.deepEqual(read({ ...nulls, logit_bias: null, user: null, stream_options: null }), read({}));
});

Deno.test("usage of a stream is asked for by include_usage alone", () => {
  assert.equal(read({ stream: true }).streamUsage, false);
  assert.equal(read({ stream: true, stream_options: { include_usage: true } }).streamUsage, true);
});

Deno.test("the newer bound counts, and the older where it stands alone", () => {
  assert.equal(read({ max_tokens: 5 }).maxTokens, 5);
  assert.equal(read({ max_tokens: 5, max_completion_tokens: 6 }).maxTokens, 6);
});

Deno.test("OpenAI's words of effort are read, and others stay the format's own", () => {
  assert.deepEqual(read({ reasoning_effort: "none" }).reasoning, { enabled: false });
  assert.deepEqual(read({ reasoning_effort: "minimal" }).reasoning, { effort: "minimal" });
  const odd = read({ reasoning_effort: "default" });
  assert.deepEqual([odd.reasoning, odd.native?.members], [undefined, { reasoning_effort: "default" }]);
});

Deno.test("a result knows its tool's name from the call, and the deprecated form is a call too", () => {
  const { turns } = read({
    messages: [
      HI,
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "assistant", content: null, function_call: { name: "g", arguments: "{}" } },
      { role: "function", name: "g", content: "2" },
    ],
  });
  assert.deepEqual(turns[2]?.parts, [
    { kind: "tool_result", callId: "a", name: "f", parts: [{ kind: "text", text: "1" }], isError: false },
  ]);
  const [call] = turns[3]?.parts ?? [];
  const [result] = turns[4]?.parts ?? [];
  assert.ok(call?.kind === "tool_call" && result?.kind === "tool_result");
  assert.deepEqual([call.name, result.callId], ["g", call.id]);
});

Deno.test("Anthropic's cache mark in OpenAI's parts counts, with its time", () => {
  const content = [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }];
  assert.deepEqual(read({ messages: [{ role: "user", content }] }).turns[0]?.parts, [
    { kind: "text", text: "x", cache: { ttl: "1h" } },
  ]);
});

Deno.test("what only this format knows is told by its dotted name", () => {
  const content = [{ type: "image_url", image_url: { url: "https://a.example", crop: 1 } }];
  const asked = read({
    stream: true,
    stream_options: { include_obfuscation: false },
    messages: [{ role: "user", content, mood: "x" }],
    functions: [{ name: "f" }],
    tools: [{ type: "function", function: { name: "f", cached: true } }],
  });
  assert.deepEqual(Object.keys(asked.native?.members ?? {}), [
    "functions",
    "stream_options.include_obfuscation",
  ]);
  const [turn] = asked.turns;
  assert.deepEqual(turn?.native?.members, { mood: "x" });
  const [part] = turn?.parts ?? [];
  assert.deepEqual(part?.kind === "image" && part.native?.members, { "image_url.crop": 1 });
  assert.deepEqual(asked.tools[0]?.native?.members, { "function.cached": true });
});
