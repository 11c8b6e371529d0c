import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent } from "../../../../../src/core/chat.ts";
import { assembleMessage } from "../../../../../src/formats/anthropic/assembly/messages_assembler.ts";
import { readEvents } from "../../../../../src/formats/events/read_events.ts";
import { streamOf, streamPieces } from "../../../../support/anthropic_chat.ts";
import { atOnce } from "../../../../../src/core/time/steps.ts";

const text = (words: string): ChatEvent => ({ kind: "text", choice: 0, text: words });
const reasoning = (words: string): ChatEvent => ({ kind: "reasoning", choice: 0, text: words });
const tool = (call: number): ChatEvent => ({
  kind: "tool_start",
  choice: 0,
  call,
  id: `c${call}`,
  name: `f${call}`,
});
const args = (call: number, words: string): ChatEvent => ({
  kind: "tool_arguments",
  choice: 0,
  call,
  text: words,
});
const over = (call: number): ChatEvent => ({ kind: "tool_end", choice: 0, call });
const finish = (word: "stop" | "tool_calls" | "content_filter"): ChatEvent => ({
  kind: "finish",
  choice: 0,
  finish: word,
});
const END: ChatEvent = { kind: "end" };

/** Events in short: `start 0 text`, `+0`, `stop 0`. */
function short(events: readonly ChatEvent[]): string[] {
  const written: string[] = [];
  atOnce(readEvents(streamOf(events), (event, name) => {
    assert.equal(event.type, name, "every event has its name");
    const block = event.content_block as { type: string } | undefined;
    if (block !== undefined) written.push(`start ${event.index} ${block.type}`);
    else if (name === "content_block_delta") {
      const [, piece] = Object.values(event.delta as Record<string, string>);
      written.push(`+${event.index} ${piece}`);
    } else if (name === "content_block_stop") written.push(`stop ${event.index}`);
  }));
  return written;
}

function message(events: readonly ChatEvent[]) {
  return JSON.parse(atOnce(assembleMessage(streamOf(events))).body);
}

Deno.test("each piece goes out with the event that brought it", () => {
  const events = [
    { kind: "start" } as const,
    text("a"),
    text("b"),
    tool(0),
    args(0, '{"a'),
    args(0, '":1}'),
    over(0),
  ];
  const pieces = streamPieces([...events, finish("tool_calls"), END]);
  assert.equal(pieces[0], "", "usage told right after the start still stands in message_start");
  assert.match(pieces[1] ?? "", /message_start[^]*content_block_start[^]*"text_delta","text":"a"/);
  assert.match(pieces[2] ?? "", /"text":"b"/);
  assert.match(pieces[3] ?? "", /content_block_stop[^]*"tool_use","id":"c0","name":"f0","input":\{\}/);
  assert.match(pieces[4] ?? "", /"partial_json":"\{\\"a"/);
  assert.match(pieces[5] ?? "", /"partial_json":"\\":1\}"/);
});

Deno.test("blocks follow each other: one open at a time, indexes without gaps", () => {
  const events = [
    reasoning("t"),
    { kind: "reasoning_end", choice: 0, signature: { format: "gemini_generate", value: "s" } } as const,
    text("a"),
    tool(0),
    args(0, "{}"),
    over(0),
    text("b"),
    finish("stop"),
    END,
  ];
  assert.deepEqual(short(events), [
    "start 0 thinking",
    "+0 t",
    "+0 tidegate:gemini_generate:s",
    "stop 0",
    "start 1 text",
    "+1 a",
    "stop 1",
    "start 2 tool_use",
    "+2 {}",
    "stop 2",
    "start 3 text",
    "+3 b",
    "stop 3",
  ]);
});

Deno.test("arguments of calls that interleave are held until the call before is over", () => {
  const mixed = [
    tool(0),
    tool(1),
    args(1, '{"b":'),
    args(0, '{"a":'),
    args(1, "2}"),
    args(0, "1}"),
    text("x"),
  ];
  assert.deepEqual(short([...mixed, over(0), over(1), END]), [
    "start 0 tool_use",
    '+0 {"a":',
    "+0 1}",
    "stop 0",
    "start 1 tool_use",
    '+1 {"b":2}',
    "stop 1",
    "start 2 text",
    "+2 x",
    "stop 2",
  ]);
});

Deno.test("a call whose arguments are whole does not hold up the next: parallel calls stream piece by piece", () => {
  const pieces = streamPieces([
    tool(0),
    args(0, '{"a":{'),
    args(0, "}}"),
    tool(1),
    args(1, '{"b'),
    args(1, '":2}'),
  ]);
  assert.match(pieces[3] ?? "", /content_block_stop[^]*"id":"c1"/);
  assert.match(pieces[4] ?? "", /\{\\"b/);
  assert.match(pieces[5] ?? "", /:2\}/);
});

Deno.test("free text of a custom tool becomes one JSON object", () => {
  const custom = { ...tool(0), custom: true } as ChatEvent;
  const { content } = message([
    custom,
    args(0, '*** "Begin"\n'),
    args(0, "end"),
    over(0),
    finish("tool_calls"),
    END,
  ]);
  assert.deepEqual(content[0].input, { input: '*** "Begin"\nend' });
});

Deno.test("thoughts without a signature and signatures without thoughts are written so that they are known again", () => {
  const { content } = message([
    reasoning("t"),
    text("a"),
    { kind: "reasoning_end", choice: 0, signature: { format: "gemini_generate", value: "s" } },
    {
      kind: "reasoning_end",
      choice: 0,
      redacted: true,
      signature: { format: "anthropic_messages", value: "d" },
    },
    { kind: "reasoning_end", choice: 0 },
    END,
  ]);
  assert.deepEqual(content, [
    { type: "thinking", thinking: "t", signature: "tidegate::" },
    { type: "text", text: "a", citations: null },
    { type: "thinking", thinking: "", signature: "tidegate:gemini_generate:s" },
    { type: "redacted_thinking", data: "d" },
  ]);
});

Deno.test("usage stands where clients look, the last of it at the end", () => {
  const usage = { inputTokens: 100, outputTokens: 1, cachedInputTokens: 80, cacheWriteTokens: 5 };
  const events: ChatEvent[] = [
    { kind: "start" },
    { kind: "usage", usage },
    text("a"),
    finish("stop"),
    { kind: "usage", usage: { inputTokens: 100, outputTokens: 9, reasoningTokens: 4 } },
    END,
  ];
  const [opening = ""] = streamPieces(events.slice(0, 3)).filter((piece) => piece !== "");
  assert.ok(
    opening.includes(
      '"usage":{"input_tokens":15,"cache_creation_input_tokens":5,"cache_read_input_tokens":80,',
    ),
  );
  assert.deepEqual(message(events).usage, {
    ["input_tokens"]: 15,
    ["cache_creation_input_tokens"]: 5,
    ["cache_read_input_tokens"]: 80,
    ["output_tokens"]: 9,
    ["output_tokens_details"]: { ["thinking_tokens"]: 4 },
  });
});

Deno.test("the stop reason says what happened, whatever word the upstream had", () => {
  const reason = (...events: ChatEvent[]) => message([...events, END]).stop_reason;
  assert.equal(reason(text("a"), finish("stop")), "end_turn");
  assert.equal(reason(tool(0), finish("stop")), "tool_use");
  assert.equal(
    reason(text("a"), { kind: "finish", choice: 0, finish: "context" }),
    "model_context_window_exceeded",
  );
  assert.equal(reason({ kind: "finish", choice: 0, finish: "stop", stopSequence: "X" }), "stop_sequence");
  const declined = message([{ kind: "refusal", choice: 0, text: "I cannot." }, finish("stop"), END]);
  assert.deepEqual([declined.stop_reason, declined.stop_details.explanation, declined.content[0].text], [
    "refusal",
    "I cannot.",
    "I cannot.",
  ]);
  assert.deepEqual(message([END]).content, []);
});

Deno.test("other choices, log probabilities and what follows the end are left out", () => {
  const pieces = streamPieces([
    { kind: "text", choice: 1, text: "no" },
    { kind: "logprobs", choice: 0, tokens: [] },
    END,
    text("late"),
  ]);
  assert.deepEqual(pieces.map((piece) => piece === ""), [true, true, false, true]);
});

Deno.test("however calls, texts and thoughts interleave, the stream is in order and nothing is lost", () => {
  const step = fc.record({
    kind: fc.constantFrom("text", "reasoning", "call", "end"),
    call: fc.nat(3),
    words: fc.constantFrom("a", "{", "}", '{"k":1}', '"', " "),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const events: ChatEvent[] = [];
    const told = { text: "", reasoning: "", calls: new Map<number, string>() };
    const open = new Set<number>();
    const ended = new Set<number>();
    for (const { kind, call, words } of steps) {
      if (kind === "text" || kind === "reasoning") {
        told[kind] += words;
        events.push(kind === "text" ? text(words) : reasoning(words));
      } else if (!ended.has(call)) {
        if (!open.has(call)) events.push(tool(call)), open.add(call), told.calls.set(call, "");
        const old = told.calls.get(call) ?? "";
        if (kind === "end") events.push(over(call)), ended.add(call);
        else if (!isWhole(old)) told.calls.set(call, old + words), events.push(args(call, words));
      }
    }
    const got = { text: "", reasoning: "", calls: new Map<string, string>() };
    let next = 0;
    let current: { type: string; id: string } | undefined;
    atOnce(readEvents(streamOf([...events, finish("stop"), END]), (event, name) => {
      if (name === "content_block_start") {
        assert.equal(current, undefined);
        assert.equal(event.index, next++);
        current = event.content_block as { type: string; id: string };
        if (current.type === "tool_use") got.calls.set(current.id, "");
      } else if (name === "content_block_delta") {
        const { text: piece, thinking, partial_json } = event.delta as Record<string, string>;
        got.text += piece ?? "";
        got.reasoning += thinking ?? "";
        if (current?.type === "tool_use") {
          got.calls.set(current.id, got.calls.get(current.id) + (partial_json ?? ""));
        }
      } else if (name === "content_block_stop") current = undefined;
    }));
    assert.deepEqual([got.text, got.reasoning], [told.text, told.reasoning]);
    assert.deepEqual(got.calls, new Map([...told.calls].map(([call, words]) => [`c${call}`, words])));
  }));
});

function isWhole(words: string): boolean {
  try {
    return typeof JSON.parse(words) === "object";
  } catch {
    return false;
  }
}
