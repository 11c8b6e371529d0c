import assert from "node:assert/strict";
import { hubEvents } from "../../../../support/anthropic_chat.ts";
import { anthropicFixture, namedEvents } from "../../../../support/read_stream.ts";

const STOP = {
  type: "message_delta",
  delta: { ["stop_reason"]: "tool_use" },
  usage: { ["output_tokens"]: 3 },
};

Deno.test("tool arguments arrive piece by piece, calls counted from 0 over all blocks", () => {
  const calls = hubEvents(anthropicFixture("tools")).filter(({ kind }) => kind.startsWith("tool_"));
  assert.deepEqual(calls, [
    { kind: "tool_start", choice: 0, call: 0, id: "toolu_A", name: "tide" },
    { kind: "tool_arguments", choice: 0, call: 0, text: '{"port":"Ca' },
    { kind: "tool_arguments", choice: 0, call: 0, text: 'lais","at":1.0,"id":12345678901234567890}' },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "tool_start", choice: 0, call: 1, id: "toolu_B", name: "wind" },
    { kind: "tool_arguments", choice: 0, call: 1, text: '{"port":"Dover"}' },
    { kind: "tool_end", choice: 0, call: 1 },
    { kind: "tool_start", choice: 0, call: 2, id: "toolu_C", name: "clock" },
    { kind: "tool_end", choice: 0, call: 2 },
  ]);
});

Deno.test("thoughts end with their signature, hidden ones have only that", () => {
  const thoughts = hubEvents(anthropicFixture("thinking")).filter(({ kind }) => kind.startsWith("reasoning"));
  const own = (value: string) => ({ format: "anthropic_messages", value });
  assert.deepEqual(thoughts, [
    { kind: "reasoning", choice: 0, text: "The moon is full, " },
    { kind: "reasoning", choice: 0, text: "so it is a spring tide." },
    { kind: "reasoning_end", choice: 0, signature: own("EqoBCkgIARABGAIiQL==") },
    { kind: "reasoning_end", choice: 0, redacted: true, signature: own("EmwKAhgBEgy3") },
    { kind: "reasoning_end", choice: 0, signature: own("EqoBhidden==") },
  ]);
});

Deno.test("usage is told at the beginning and in full at the end, never added up", () => {
  const told = hubEvents(anthropicFixture("text")).flatMap((event) =>
    event.kind === "usage" ? [event.usage] : []
  );
  assert.deepEqual(told, [
    { inputTokens: 132, outputTokens: 1, cachedInputTokens: 100, cacheWriteTokens: 20 },
    { inputTokens: 132, outputTokens: 9, cachedInputTokens: 100, cacheWriteTokens: 20 },
  ]);
});

Deno.test("a call is ended before the finish, its input told also where a server tells it at the beginning", () => {
  const block = { type: "tool_use", id: "t", name: "f", input: { a: 1 } };
  const begun = { type: "content_block_start", index: 0, ["content_block"]: block };
  const events = hubEvents(namedEvents(begun, STOP, STOP, { type: "message_stop" }));
  assert.deepEqual(events.filter(({ kind }) => kind !== "usage"), [
    { kind: "tool_start", choice: 0, call: 0, id: "t", name: "f" },
    { kind: "tool_arguments", choice: 0, call: 0, text: '{"a":1}' },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "finish", choice: 0, finish: "tool_calls" },
    { kind: "end" },
  ]);
});

Deno.test("a refusal is told with the vendor's words for it", () => {
  const events = hubEvents(anthropicFixture("refusal")).filter(({ kind }) =>
    kind === "refusal" || kind === "finish"
  );
  assert.deepEqual(events, [
    { kind: "refusal", choice: 0, text: "I cannot help with that." },
    { kind: "finish", choice: 0, finish: "content_filter" },
  ]);
});
