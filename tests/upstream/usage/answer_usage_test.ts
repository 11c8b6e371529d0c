import assert from "node:assert/strict";
import { anthropicMessages } from "../../../src/formats/anthropic/anthropic_messages.ts";
import type { Format } from "../../../src/formats/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/gemini_generate.ts";
import { openaiChat } from "../../../src/formats/openai/openai_chat.ts";
import { openaiEmbeddings } from "../../../src/formats/openai/openai_embeddings.ts";
import { openaiResponses } from "../../../src/formats/openai/openai_responses.ts";
import { answerUsage } from "../../../src/upstream/usage/answer_usage.ts";
import { UsageTap } from "../../../src/upstream/usage/usage_tap.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

function read(format: Format, bytes: string, whole = true) {
  const tap = new UsageTap();
  tap.push(new TextEncoder().encode(bytes));
  const { usage, provenance, model } = answerUsage(tap.kept(), { format, whole, inputTokens: () => 100 });
  return { tokens: [usage.inputTokens, usage.outputTokens], provenance, model };
}

const fixture = (path: string) => Deno.readTextFileSync(new URL(`../../fixtures/${path}`, import.meta.url));
const event = (data: unknown, name = "") =>
  `${name === "" ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
const WORDS = "four ".repeat(40_000);
const delta = (content: string) =>
  event({ model: "m-1", choices: [{ index: 0, delta: { content } }], usage: null });
const USAGE = event({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });

Deno.test("streams as vendors send them tell what they cost", () => {
  const rows: [Format, string][] = [
    [openaiResponses, "openai/synthetic_responses.sse"],
    [anthropicMessages, "anthropic/synthetic_messages_text.sse"],
    [anthropicMessages, "anthropic/synthetic_messages_max_tokens_crlf.sse"],
    [geminiGenerate, "gemini/synthetic_text.sse"],
    [geminiGenerate, "gemini/synthetic_thinking.sse"],
  ];
  for (const [format, path] of rows) {
    const text = fixture(path);
    const { usage } = atOnce(format.assemble(new TextEncoder().encode(text)));
    assert.ok(usage !== undefined, path);
    const told = read(format, text);
    assert.deepEqual(told.tokens, [usage.inputTokens, usage.outputTokens], path);
    assert.equal(told.provenance, "reported", path);
  }
});

Deno.test("usage is found at the end of a stream of any length", () => {
  const long = Array.from({ length: 5_000 }, () => delta("word")).join("");
  const told = read(openaiChat, `${delta("a")}${long}${USAGE}data: [DONE]\n\n`);
  assert.deepEqual(told, { tokens: [7, 3], provenance: "reported", model: "m-1" });
});

Deno.test("one last event that is longer than what is kept is read from behind", () => {
  const response = {
    model: "m",
    instructions: WORDS,
    usage: { input_tokens: 9, output_tokens: 4 },
    user: null,
  };
  const stream = event({ type: "response.created", response: { status: "in_progress", usage: null } }) +
    event({ type: "response.completed", response });
  const { tokens, provenance } = read(openaiResponses, stream);
  assert.deepEqual([tokens, provenance], [[9, 4], "reported"]);
});

Deno.test("whole answers of any length tell it", () => {
  const choices = [{ message: { content: WORDS }, finish_reason: "stop" }];
  const usage = { "prompt_tokens": 7, "completion_tokens": 3 };
  for (const answer of [{ choices, usage }, { choices, usage, system_fingerprint: "f" }]) {
    assert.deepEqual(read(openaiChat, JSON.stringify(answer)).tokens, [7, 3]);
  }
  const data = Array.from({ length: 20 }, () => ({ embedding: Array.from({ length: 1_536 }, () => 0.123) }));
  const embeddings = JSON.stringify({ data, model: "e", usage: { prompt_tokens: 8, total_tokens: 8 } });
  assert.deepEqual(read(openaiEmbeddings, embeddings).tokens, [8, 0]);
});

Deno.test("a stream cut before its usage is estimated by what was written", () => {
  const told = read(openaiChat, Array.from({ length: 50 }, () => delta("word")).join(""), false);
  assert.deepEqual(told, { tokens: [100, 50], provenance: "estimated", model: "m-1" });
  const long = read(openaiChat, Array.from({ length: 5_000 }, () => delta("word")).join(""), false);
  assert.ok(Math.abs((long.tokens[1] ?? 0) - 5_000) < 100, String(long.tokens[1]));
});

Deno.test("a stream cut behind its usage is reported all the same", () => {
  assert.deepEqual(read(openaiChat, `${delta("a")}${USAGE}`, false).provenance, "reported");
});

Deno.test("Anthropic tells the input at the beginning: what it had written then is estimated", () => {
  const start = event({
    type: "message_start",
    message: { model: "c", usage: { input_tokens: 30, cache_read_input_tokens: 10, output_tokens: 1 } },
  }, "message_start");
  const text = event({ type: "content_block_delta", delta: { type: "text_delta", text: "word".repeat(20) } });
  const told = read(anthropicMessages, start + text, false);
  assert.deepEqual([told.tokens, told.provenance], [[40, 20], "partial"]);
});

Deno.test("Gemini counts as it goes: its own number stands", () => {
  const part = (text: string, candidatesTokenCount: number) =>
    event({
      candidates: [{ content: { parts: [{ text }] } }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount },
    });
  const told = read(geminiGenerate, part("word word ", 3) + part("word word ", 7), false);
  assert.deepEqual([told.tokens, told.provenance], [[12, 7], "partial"]);
  const array = `[${
    [3, 7].map((count) => JSON.stringify({ usageMetadata: { candidatesTokenCount: count } }))
  }`;
  assert.deepEqual(read(geminiGenerate, array, false).provenance, "partial");
});

Deno.test("servers that count on every event are believed at the end alone", () => {
  const counted = (count: number) =>
    event({
      choices: [{ index: 0, delta: { content: "word" } }],
      usage: { prompt_tokens: 5, completion_tokens: count },
    });
  assert.deepEqual(read(openaiChat, counted(1) + counted(2), false).provenance, "partial");
});

Deno.test("nothing in an answer makes reading it fail", () => {
  for (const bytes of ["", "\u0000\u0001", "{", "data: {\n\n", '{"usage":{', "ID3\u0003", "event: x"]) {
    assert.equal(read(openaiChat, bytes, false).provenance, "estimated", JSON.stringify(bytes));
  }
});
