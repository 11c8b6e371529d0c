import assert from "node:assert/strict";
import fc from "fast-check";
import { exactNumber, isJsonObject, type JsonObject } from "../../../../src/core/bytes/exact_json.ts";
import { anthropicChat, anthropicTokenCount } from "../../../../src/formats/anthropic/chat/chat_side.ts";
import { assembleMessage } from "../../../../src/formats/anthropic/assembly/messages_assembler.ts";
import {
  answerContext,
  anthropicFixtures,
  hubEvents,
  received,
  streamOf,
  writeContext,
} from "../../../support/anthropic_chat.ts";
import { anthropicFixture } from "../../../support/read_stream.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

/**
 * What a round trip may change, and nothing else. A body as the vendor takes it: a text is a list of one text block, null is nothing; numbers by their spelling.
 */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (exactNumber(value) !== undefined) return `#${JSON.stringify(value)}`;
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null).map(([name, member]) => {
    const isContent = (name === "content" || name === "system") && typeof member === "string";
    return [name, isContent ? [{ type: "text", text: member }] : normal(member)];
  });
  return Object.fromEntries(members);
}

for (const [name, body] of anthropicFixtures("")) {
  Deno.test(`request ${name} comes back from the hub as it went in`, () => {
    const context = writeContext(String(body.model));
    const request = anthropicChat.readRequest(received(body));
    const { path, headers, body: written } = anthropicChat.writeRequest(request, context);
    assert.deepEqual(normal(written), normal(body));
    assert.deepEqual(context.dropped, []);
    assert.equal(path, "/v1/messages");
    assert.deepEqual(headers, { "anthropic-version": "2023-06-01" });
  });
}

for (const [name, body] of anthropicFixtures("answers/")) {
  Deno.test(`answer ${name} comes back from the hub as it went in`, () => {
    const answer = anthropicChat.readAnswer(body);
    const context = answerContext(undefined, String(body.model));
    assert.deepEqual(normal(anthropicChat.writeAnswer(answer, context)), normal(body));
  });
}

/** Members of a message that a stream through the hub does not keep: the hub's events have no word for them. */
const STREAM_LOSSES = ["service_tier", "cache_creation", "server_tool_use", "category", "context_management"];

for (const name of ["text", "tools", "thinking", "stop_sequence", "refusal", "max_tokens_crlf"]) {
  Deno.test(`stream ${name} comes back from the hub as the same message`, () => {
    const bytes = anthropicFixture(name);
    const message = (stream: Uint8Array): JsonObject => JSON.parse(atOnce(assembleMessage(stream)).body);
    const events = hubEvents(bytes);
    assert.equal(events.at(-1)?.kind, "end");
    assert.equal(events.filter(({ kind }) => kind === "end").length, 1);
    const before = without(message(bytes), STREAM_LOSSES);
    const after = without(message(streamOf(events)), STREAM_LOSSES);
    const minted = { id: "msg_018f0000000070008000000000000001", model: "public-name" };
    // What the vendor says of a refusal is told as text too, for clients that look nowhere else.
    const content = name === "refusal" ? after.content : before.content;
    assert.deepEqual(normal(after), normal({ ...before, ...minted, content }));
  });
}

Deno.test("a stream of server tools keeps its text; their blocks and citations have no word in the hub", () => {
  const { content } = JSON.parse(
    atOnce(assembleMessage(streamOf(hubEvents(anthropicFixture("server_tools"))))).body,
  );
  assert.deepEqual(content, [{ type: "text", text: "High water is at 06:12", citations: null }]);
});

function without(value: JsonObject, names: readonly string[]): JsonObject {
  return JSON.parse(JSON.stringify(value, (key, member) => names.includes(key) ? undefined : member));
}

Deno.test("Claude Code's billing block is for its own vendor: the hub keeps it apart", () => {
  const [, body] = anthropicFixtures("").find(([name]) => name === "claude_code") ?? ["", {}];
  const request = anthropicChat.readRequest(received(body));
  assert.equal(request.system.length, 2);
  assert.ok(!JSON.stringify(request.system).includes("billing"));
  const members = Object.keys(request.native?.members ?? {});
  assert.deepEqual(members.sort(), ["context_management", "system.billing_header"]);
  for (const name of members) assert.equal(anthropicChat.ownMembers[name], "drop", name);
});

Deno.test("what an answer rests on is refused elsewhere, what it can do without is dropped", () => {
  const { ownMembers } = anthropicChat;
  for (
    const name of [
      "container",
      "mcp_servers",
      "block.server_tool_use",
      "tool_type.bash_20250124",
      "inference_geo",
    ]
  ) {
    assert.equal(ownMembers[name], undefined, name);
  }
  for (const name of ["part.citations", "turn.output_config", "tool.defer_loading", "context_management"]) {
    assert.equal(ownMembers[name], "drop", name);
  }
});

Deno.test("a token count is asked for without what only an answer needs", () => {
  const body = { model: "claude-sonnet-4-5", messages: [{ role: "user", content: "a" }], system: "b" };
  const request = anthropicTokenCount.readRequest(received(body));
  const written = anthropicTokenCount.writeRequest(request, writeContext("claude-sonnet-4-5"));
  assert.equal(written.path, "/v1/messages/count_tokens");
  assert.deepEqual(written.body, body);
  assert.deepEqual(anthropicTokenCount.readAnswer({ ["input_tokens"]: 42 }), { inputTokens: 42 });
  assert.deepEqual(
    anthropicTokenCount.writeAnswer({ inputTokens: 42 }, { ...answerContext(), asked: request }),
    {
      ["input_tokens"]: 42,
    },
  );
});

Deno.test("whatever JSON an upstream answers, reading it does not fail", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
    anthropicChat.readAnswer(body);
    anthropicTokenCount.readAnswer(body);
  }));
  const block = fc.record({
    type: fc.constantFrom("text", "thinking", "redacted_thinking", "tool_use", "x", 5, null),
    text: fc.jsonValue(),
    input: fc.jsonValue(),
    id: fc.jsonValue(),
    signature: fc.jsonValue(),
  });
  fc.assert(fc.property(fc.array(block), fc.jsonValue(), fc.jsonValue(), (content, usage, reason) => {
    const answer = anthropicChat.readAnswer({ content, usage, ["stop_reason"]: reason });
    JSON.stringify(anthropicChat.writeAnswer(answer, answerContext()));
  }));
});

Deno.test("whatever events an upstream sends, reading them does not fail and ends once", () => {
  const type = fc.constantFrom(
    ...["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"],
    ...["message_stop", "ping", "future"],
  );
  const part = fc.record({
    type: fc.constantFrom(
      "text",
      "tool_use",
      "thinking",
      "text_delta",
      "input_json_delta",
      "signature_delta",
    ),
    text: fc.jsonValue(),
    partial_json: fc.jsonValue(),
    signature: fc.jsonValue(),
  });
  const event = fc.record({
    type,
    index: fc.jsonValue(),
    delta: part,
    content_block: part,
    message: fc.jsonValue(),
    usage: fc.jsonValue(),
  });
  fc.assert(fc.property(fc.array(event, { maxLength: 30 }), (events) => {
    const reader = anthropicChat.eventReader();
    const kinds: string[] = [];
    for (const data of events) reader.event("", data, ({ kind }) => kinds.push(kind));
    reader.end(({ kind }) => kinds.push(kind));
    assert.equal(kinds.filter((kind) => kind === "end").length, 1);
  }));
});
