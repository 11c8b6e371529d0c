import assert from "node:assert/strict";
import type { ChatEvent } from "../../../../../src/core/chat.ts";
import { eventWriter } from "../../../../../src/formats/openai/chat/events/event_writer.ts";
import { answering, PLAIN_REQUEST } from "../../../../support/translation/chat_sides.ts";

const ASKED = { ...PLAIN_REQUEST, stream: true, streamUsage: true };
const USAGE = { kind: "usage", usage: { inputTokens: 5, outputTokens: 2, cachedInputTokens: 4 } } as const;

/** What is written for the events, each chunk parsed. */
function written(events: readonly ChatEvent[], asked = ASKED) {
  const writer = eventWriter(answering(asked));
  const text = events.map((event) => writer.write(event)).join("");
  const lines = text.split("\n\n").filter((line) => line !== "");
  assert.ok(lines.every((line) => line.startsWith("data: ")));
  assert.equal(lines.at(-1), "data: [DONE]");
  return lines.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)));
}

const deltas = (events: readonly ChatEvent[]) =>
  written(events).flatMap((chunk) => chunk.choices.map((choice: { delta: unknown }) => choice.delta));

Deno.test("every chunk has the same id, time and model, and the role comes first for each choice", () => {
  const chunks = written([
    { kind: "start", id: "up", model: "up" },
    { kind: "text", choice: 0, text: "a" },
    { kind: "text", choice: 1, text: "b" },
    { kind: "finish", choice: 1, finish: "length" },
    { kind: "finish", choice: 0, finish: "pause" },
    { kind: "end" },
  ]);
  for (const { id, object, created, model } of chunks) {
    assert.deepEqual([id, object, created, model], [
      "chatcmpl-r1",
      "chat.completion.chunk",
      1767225600,
      "asked-model",
    ]);
  }
  const choices = chunks.map((chunk) => chunk.choices[0]);
  assert.deepEqual(choices.map(({ index, finish_reason: finish }) => [index, finish]), [
    [0, null],
    [0, null],
    [1, null],
    [1, null],
    [1, "length"],
    [0, "stop"],
  ]);
  assert.deepEqual(choices[0].delta, { role: "assistant", content: "", refusal: null });
  assert.deepEqual(choices[2].delta.role, "assistant");
});

Deno.test("the first translated delta leaves with the event that carried it", () => {
  const writer = eventWriter(answering(ASKED));
  assert.equal(writer.write({ kind: "start" }), "");
  assert.match(writer.write({ kind: "text", choice: 0, text: "a" }), /"content":"a"/);
});

Deno.test("usage is told once, before the end, and only where it was asked for", () => {
  const events: ChatEvent[] = [
    { kind: "text", choice: 0, text: "a" },
    USAGE,
    { kind: "usage", usage: { inputTokens: 5, outputTokens: 3 } },
    { kind: "finish", choice: 0, finish: "stop" },
    { kind: "end" },
  ];
  const told = written(events);
  assert.deepEqual(told.at(-1)?.choices, []);
  assert.deepEqual(told.at(-1)?.usage, {
    prompt_tokens: 5,
    completion_tokens: 3,
    total_tokens: 8,
    prompt_tokens_details: { cached_tokens: 4 },
  });
  assert.ok(told.slice(0, -1).every((chunk) => chunk.usage === null));
  assert.ok(written(events, { ...ASKED, streamUsage: false }).every((chunk) => !("usage" in chunk)));
});

Deno.test("a call opens with its id, name and empty arguments, and never without any", () => {
  assert.deepEqual(
    deltas([
      { kind: "tool_start", choice: 0, call: 0, id: "a", name: "f" },
      { kind: "tool_arguments", choice: 0, call: 0, text: "" },
      { kind: "tool_end", choice: 0, call: 0 },
      {
        kind: "tool_start",
        choice: 0,
        call: 1,
        id: "b",
        name: "g",
        signature: { format: "gemini_generate", value: "s" },
      },
      { kind: "tool_arguments", choice: 0, call: 1, text: '{"x":1}' },
      { kind: "tool_end", choice: 0, call: 1 },
      { kind: "tool_start", choice: 0, call: 2, id: "p", name: "patch", custom: true },
      { kind: "tool_arguments", choice: 0, call: 2, text: "***" },
      { kind: "tool_end", choice: 0, call: 2 },
      { kind: "end" },
    ]),
    [
      { role: "assistant", content: null, refusal: null },
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      {
        tool_calls: [{
          index: 1,
          id: "b",
          type: "function",
          function: { name: "g", arguments: "" },
          extra_content: { google: { thought_signature: "s" } },
        }],
      },
      { tool_calls: [{ index: 1, function: { arguments: '{"x":1}' } }] },
      { tool_calls: [{ index: 2, id: "p", type: "custom", custom: { name: "patch", input: "" } }] },
      { tool_calls: [{ index: 2, custom: { input: "***" } }] },
    ],
  );
});

Deno.test("thoughts go as reasoning_content and never into the text; their signatures stay behind", () => {
  assert.deepEqual(
    deltas([
      { kind: "reasoning", choice: 0, text: "hm" },
      { kind: "reasoning_end", choice: 0, signature: { format: "anthropic_messages", value: "s" } },
      { kind: "refusal", choice: 0, text: "no" },
      { kind: "end" },
    ]).slice(1),
    [{ reasoning_content: "hm" }, { refusal: "no" }],
  );
});
