import assert from "node:assert/strict";
import type { ChatPart, ChatRequest } from "../../../../../src/core/chat.ts";
import { GatewayError } from "../../../../../src/core/errors.ts";
import { writeRequest } from "../../../../../src/formats/openai/chat/request/write_request.ts";
import type { UpstreamTraits } from "../../../../../src/formats/translation/translation.ts";
import { asWritten, PLAIN_REQUEST, writing } from "../../../../support/translation/chat_sides.ts";

function written(request: Partial<ChatRequest>, traits: UpstreamTraits = {}) {
  const { context, dropped } = writing(traits, "up");
  const body = asWritten(writeRequest({ ...PLAIN_REQUEST, ...request }, context).body);
  return { body, messages: body.messages, dropped: [...dropped].sort() };
}

const text = (value: string) => ({ kind: "text", text: value } as const);
const image = { kind: "image", source: { from: "base64", mediaType: "image/png", data: "aGk=" } } as const;
const call = (id: string): ChatPart => ({ kind: "tool_call", id, name: "f", arguments: "" });
const result = (
  callId: string,
  parts: readonly (ReturnType<typeof text> | typeof image)[],
  isError = false,
): ChatPart => ({
  kind: "tool_result",
  callId,
  name: "f",
  parts,
  isError,
});

Deno.test("the model asked for is the upstream's, and a stream always asks for its usage", () => {
  assert.equal(written({}).body.model, "up");
  const { body } = written({ stream: true });
  assert.deepEqual([body.stream, body.stream_options], [true, { include_usage: true }]);
  assert.ok(!("stream_options" in written({}).body), "refused by OpenAI without a stream");
});

Deno.test("traits choose the bound's name and the role of instructions", () => {
  const request = { maxTokens: 5, system: [text("a"), text("b")] };
  assert.equal(written(request).body.max_completion_tokens, 5);
  assert.equal(written(request, { maxTokensMember: "max_tokens" }).body.max_tokens, 5);
  const [first] = written(request, { developerRole: true }).messages as [unknown];
  assert.deepEqual(first, {
    role: "developer",
    content: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
  });
  const [parts] = written(request).messages as [unknown];
  assert.deepEqual(parts, {
    role: "system",
    content: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
  });
});

Deno.test("where no schema is taken, it is asked for in words and the loss is told", () => {
  const output = { kind: "schema", schema: { type: "object" } } as const;
  const { body, dropped, messages } = written({ output }, { jsonSchema: false });
  assert.deepEqual([body.response_format, dropped], [{ type: "json_object" }, ["output"]]);
  assert.match(JSON.stringify(messages), /JSON Schema:\\n{\\"type\\":\\"object\\"}/);
  assert.deepEqual(written({ output }).body.response_format, {
    type: "json_schema",
    json_schema: { name: "answer", schema: { type: "object" } },
  });
});

Deno.test("JSON without a word of it in the conversation is asked for in words, because OpenAI refuses it else", () => {
  const output = { kind: "json" } as const;
  assert.equal((written({ output }).messages as unknown[]).length, 2);
  const turns = [{ role: "user", parts: [text("As json, please.")] }] as const;
  assert.equal((written({ output, turns }).messages as unknown[]).length, 1);
});

Deno.test("results come right after the calls, their pictures in a user message after them", () => {
  const { messages, dropped } = written({
    turns: [
      { role: "assistant", parts: [call("a"), call("b")] },
      { role: "user", parts: [text("By the way,"), result("a", [text("seen"), image])] },
      { role: "system", parts: [text("Be brief.")] },
      { role: "user", parts: [result("b", [image])] },
      { role: "user", parts: [text("go on")] },
    ],
  });
  const picture = { type: "image_url", ["image_url"]: { url: "data:image/png;base64,aGk=" } };
  assert.deepEqual((messages as unknown[]).slice(1), [
    { role: "tool", tool_call_id: "a", content: "seen" },
    { role: "tool", tool_call_id: "b", content: "The result follows in the next user message." },
    {
      role: "user",
      content: [
        { type: "text", text: "From the result of the tool call a (f):" },
        picture,
        { type: "text", text: "From the result of the tool call b (f):" },
        picture,
      ],
    },
    { role: "user", content: "By the way," },
    { role: "system", content: "Be brief." },
    { role: "user", content: "go on" },
  ]);
  assert.deepEqual(dropped, ["toolResultMedia"]);
});

Deno.test("a failed tool says so in its text, once", () => {
  const failed = (value: string) => {
    const { messages, dropped } = written({
      turns: [{ role: "user", parts: [result("a", [text(value)], true)] }],
    });
    assert.deepEqual(dropped, ["isError"]);
    return (messages as { content: string }[])[0]?.content;
  };
  assert.equal(failed("no such port"), "Error: no such port");
  assert.equal(failed("Error: no such port"), "Error: no such port");
});

Deno.test("long call ids are shortened the same way in the call and in its result", () => {
  const id = `toolu_${"x".repeat(60)}`;
  const { messages } = written({
    turns: [{ role: "assistant", parts: [call(id)] }, { role: "user", parts: [result(id, [text("1")])] }],
  });
  const [asked, told] = messages as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
  assert.ok(told.tool_call_id.length <= 40);
  assert.equal(asked.tool_calls[0]?.id, told.tool_call_id);
});

Deno.test("thoughts go back only to upstreams that take them, signatures only to Google's", () => {
  const signature = { format: "gemini_generate", value: "s" };
  const turns = [{
    role: "assistant",
    parts: [{ kind: "reasoning", text: "hm" }, { ...call("a"), signature } as ChatPart],
  }] as const;
  const strict = written({ turns });
  assert.deepEqual(strict.dropped, ["reasoningSignature", "reasoningText"]);
  assert.ok(!/hm|extra_content/.test(JSON.stringify(strict.messages)));
  const [message] = written({ turns }, { reasoningReplay: true }).messages as [Record<string, unknown>];
  assert.equal(message.reasoning_content, "hm");
  assert.match(JSON.stringify(message.tool_calls), /"thought_signature":"s"/);
  const thought = written({ turns: [{ role: "assistant", parts: [{ kind: "reasoning", text: "hm" }] }] });
  assert.deepEqual(thought.messages, [], "a turn of nothing else is left out");
});

Deno.test("what OpenAI chat has no word for is told as dropped", () => {
  const { body, dropped } = written({
    topK: 5,
    tier: "standard_only",
    reasoning: { budgetTokens: 4000, summary: "auto" },
    openai: { store: false, truncation: "auto" },
    system: [{ ...text("a"), cache: { ttl: "1h" } }],
  });
  assert.deepEqual(dropped, [
    "cache",
    "openai:truncation",
    "reasoning:budget",
    "reasoning:summary",
    "tier",
    "topK",
  ]);
  assert.deepEqual([body.reasoning_effort, body.store], ["medium", false]);
});

Deno.test("cache marks are written where they are known", () => {
  const { messages } = written({ system: [{ ...text("a"), cache: {} }] }, { cacheMarks: true });
  assert.deepEqual((messages as unknown[])[0], {
    role: "system",
    content: [{ type: "text", text: "a", prompt_cache_breakpoint: { mode: "explicit" } }],
  });
});

Deno.test("what cannot be carried is refused by name", () => {
  const refused = (part: ChatPart, role: "user" | "assistant" = "user") => {
    try {
      written({ turns: [{ role, parts: [part] }] });
    } catch (error) {
      if (error instanceof GatewayError) return error.detail.param;
    }
    return undefined;
  };
  assert.equal(
    refused({ kind: "file", source: { from: "url", url: "https://a.example/x.pdf" } }),
    "file_url",
  );
  assert.equal(
    refused({ kind: "file", source: { from: "id", id: "f", format: "anthropic_messages" } }),
    "file_id",
  );
  assert.equal(
    refused({ kind: "image", source: { from: "id", id: "f", format: "openai_responses" } }),
    "image",
  );
  assert.equal(
    refused({ kind: "audio", source: { from: "base64", mediaType: "audio/flac", data: "" } }),
    "audio",
  );
  assert.equal(
    refused({ kind: "native", format: "anthropic_messages", name: "server_tool_use", value: {} }),
    "server_tool_use",
  );
  assert.equal(refused(image, "assistant"), "messages");
});

Deno.test("a choice is written only with tools, and tools under names that OpenAI allows", () => {
  assert.ok(!("tool_choice" in written({ toolChoice: { mode: "auto" }, parallelTools: false }).body));
  const tools = [{ kind: "function", name: "mcp.tide:at" }] as const;
  const { body } = written({ tools, toolChoice: { mode: "required", only: ["mcp.tide:at"] } });
  const [tool] = body.tools as [{ function: { name: string } }];
  assert.match(tool.function.name, /^[A-Za-z0-9_-]{1,64}$/);
  assert.deepEqual(body.tool_choice, { type: "function", function: { name: tool.function.name } });
});

Deno.test("a custom tool of the Responses format takes chat's shape", () => {
  const format = { type: "grammar", syntax: "lark", definition: "start: x" };
  const native = { format: "openai_responses", members: { type: "custom", name: "patch", format } };
  const { body } = written({ tools: [{ kind: "custom", name: "patch", description: "d", native }] });
  assert.deepEqual(body.tools, [{
    type: "custom",
    custom: {
      name: "patch",
      description: "d",
      format: { type: "grammar", grammar: { syntax: "lark", definition: "start: x" } },
    },
  }]);
});

Deno.test("a name of the end user that OpenAI would refuse as too long becomes a digest of itself", () => {
  assert.equal(written({ user: "u" }).body.user, "u");
  assert.match(String(written({ user: "u".repeat(65) }).body.user), /^[0-9a-f]{64}$/);
});
