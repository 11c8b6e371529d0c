import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent, ChatFinish, ChatPart, ChatUsage } from "../../../../src/core/chat.ts";
import { isJsonObject, type JsonObject } from "../../../../src/core/bytes/exact_json.ts";
import { readEvents } from "../../../../src/formats/events/read_events.ts";
import { assembleResponse } from "../../../../src/formats/openai/assembly/responses_assembler.ts";
import { responsesSide } from "../../../../src/formats/openai/responses/responses_side.ts";
import {
  answerContext,
  eventsOf,
  fixtureNames,
  jsonFixture,
  plain,
  readRequest,
  streamFixture,
  streamOf,
} from "../../../support/translation/responses.ts";
import { atOnce } from "../../../../src/core/time/steps.ts";

const CODEX = readRequest(jsonFixture("codex"));
const ASKED = { ...readRequest({ model: "gpt-5-2026-08-01", input: "Brest?" }), tools: CODEX.tools };

function assembled(stream: Uint8Array): JsonObject {
  return plain(JSON.parse(atOnce(assembleResponse(stream)).body));
}

function outputOf(response: JsonObject): JsonObject[] {
  return Array.isArray(response.output) ? response.output.filter(isJsonObject) : [];
}

/** What must be equal: all but ids, and the tools that the fixture's request is not told to have had. */
function comparable(response: JsonObject): JsonObject {
  return { ...response, id: "", tools: [], output: outputOf(response).map((item) => ({ ...item, id: "" })) };
}

function dataOf(stream: Uint8Array): JsonObject[] {
  const data: JsonObject[] = [];
  atOnce(readEvents(stream, (event) => data.push(event)));
  return data;
}

for (const name of fixtureNames("streams")) {
  Deno.test(`round trip of a stream: ${name}`, () => {
    const bytes = streamFixture(name);
    const written = streamOf(eventsOf(bytes), ASKED);
    assert.deepEqual(comparable(assembled(written)), comparable(assembled(bytes)));
    checkSequence(written);
  });

  Deno.test(`a stream says what its whole answer says: ${name}`, () => {
    const response = assembled(streamFixture(name));
    const whole = responsesSide.writeAnswer(responsesSide.readAnswer(response), answerContext(ASKED));
    const written = streamOf(eventsOf(streamFixture(name)), ASKED);
    assert.deepEqual(assembled(written), plain(whole));
  });
}

/** The promises of the format: numbers without a gap, every item and part opened, whole and closed once, in order. */
function checkSequence(stream: Uint8Array): void {
  const events = dataOf(stream);
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, index) => index));
  assert.deepEqual(events.slice(0, 2).map(({ type }) => type), ["response.created", "response.in_progress"]);
  const last = events.at(-1)?.response;
  assert.ok(isJsonObject(last));
  const open = new Set<string>();
  const items: unknown[] = [];
  for (const { type, output_index: index, item_id: id, item } of events.slice(2, -1)) {
    const event = String(type);
    if (event === "response.output_item.added") {
      assert.equal(index, items.length, "items are opened in their order");
      items.push(undefined);
      assert.ok(isJsonObject(item));
      open.add(String(item.id));
    } else if (event === "response.output_item.done") {
      assert.ok(isJsonObject(item) && open.delete(String(item.id)), "closed once");
      items[Number(index)] = item;
    } else assert.ok(open.has(String(id)), `${event} outside its item`);
  }
  assert.equal(open.size, 0, "every item is closed");
  assert.deepEqual(items, last.output, "the items told are the output");
}

Deno.test("tool arguments arrive piece by piece, on the event that brought them", () => {
  const writer = responsesSide.eventWriter(answerContext(ASKED));
  const types = (event: ChatEvent) =>
    dataOf(new TextEncoder().encode(writer.write(event))).map(({ type, delta }) => [type, delta]);
  assert.deepEqual(types({ kind: "tool_start", choice: 0, call: 0, id: "a", name: "f" }), [
    ["response.created", undefined],
    ["response.in_progress", undefined],
    ["response.output_item.added", undefined],
  ]);
  for (const text of ['{"po', 'rt":1}']) {
    assert.deepEqual(types({ kind: "tool_arguments", choice: 0, call: 0, text }), [
      ["response.function_call_arguments.delta", text],
    ]);
  }
  assert.deepEqual(types({ kind: "tool_end", choice: 0, call: 0 }).map(([type]) => type), [
    "response.function_call_arguments.done",
    "response.output_item.done",
  ]);
});

Deno.test("text arrives on the event that brought it", () => {
  const writer = responsesSide.eventWriter(answerContext(ASKED));
  writer.write({ kind: "start" });
  assert.ok(writer.write({ kind: "text", choice: 0, text: "Hig" }).includes('"delta":"Hig"'));
  assert.ok(writer.write({ kind: "text", choice: 0, text: "h" }).includes('"delta":"h"'));
});

Deno.test("a custom tool's free text is told as its input, and other choices are not told", () => {
  const events: ChatEvent[] = [
    { kind: "start" },
    { kind: "text", choice: 1, text: "elsewhere" },
    { kind: "tool_start", choice: 0, call: 0, id: "a", name: "apply_patch", custom: true },
    { kind: "tool_arguments", choice: 0, call: 0, text: "***" },
    { kind: "tool_arguments", choice: 0, call: 0, text: " Begin" },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "finish", choice: 0, finish: "tool_calls" },
    { kind: "end" },
  ];
  const stream = streamOf(events, ASKED);
  checkSequence(stream);
  const deltas = dataOf(stream).filter(({ type }) => type === "response.custom_tool_call_input.delta");
  assert.deepEqual(deltas.map(({ delta }) => delta), ["***", " Begin"]);
  assert.equal(outputOf(assembled(stream))[0]?.input, "*** Begin");
  assert.ok(!new TextDecoder().decode(stream).includes("elsewhere"));
});

Deno.test("of several usages the last counts, member by member; after the end nothing follows", () => {
  const writer = responsesSide.eventWriter(answerContext(ASKED));
  const usage = (usage: ChatUsage) => writer.write({ kind: "usage", usage });
  usage({ inputTokens: 50, outputTokens: 1, cachedInputTokens: 20 });
  usage({ inputTokens: 50, outputTokens: 9, cachedInputTokens: undefined });
  const last = dataOf(new TextEncoder().encode(writer.write({ kind: "end" }))).at(-1);
  assert.ok(isJsonObject(last?.response) && isJsonObject(last.response.usage));
  assert.deepEqual(last.response.usage.input_tokens_details, { cached_tokens: 20 });
  assert.equal(last.response.usage.output_tokens, 9);
  assert.equal(writer.write({ kind: "text", choice: 0, text: "late" }), "");
});

Deno.test("an upstream's events without indexes, ids or announcements are read as far as they go", () => {
  const events: ChatEvent[] = [];
  const reader = responsesSide.eventReader();
  const emit = (event: ChatEvent) => void events.push(event);
  for (
    const data of [
      { type: "keepalive" },
      { type: "response.output_text.delta", delta: "He" },
      { type: "response.output_text.delta", delta: "llo", output_index: "x" },
      { type: "response.output_item.added" },
      { type: "response.output_item.added", output_index: 1e9, item: { type: "function_call" } },
      { type: "response.function_call_arguments.delta", output_index: 4, delta: "{}" },
      { type: "response.output_item.done", output_index: 5, item: { type: "function_call", name: "f" } },
      { type: "response.nonsense.delta", delta: "x" },
    ]
  ) reader.event("", data, emit);
  reader.end(emit);
  reader.end(emit);
  assert.deepEqual(plain(events), [
    { kind: "start" },
    { kind: "text", choice: 0, text: "He" },
    { kind: "text", choice: 0, text: "llo" },
    { kind: "tool_start", choice: 0, call: 0, id: "call__5", name: "f" },
    { kind: "tool_end", choice: 0, call: 0 },
    { kind: "end" },
  ]);
});

/** Parts as streams can tell them: neighbours of one kind are one in a stream. */
const PART: fc.Arbitrary<ChatPart> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: fc.string({ minLength: 1, unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("reasoning" as const), text: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant("refusal" as const), text: fc.string({ minLength: 1 }) }),
  fc.record({
    kind: fc.constant("tool_call" as const),
    id: fc.uuid(),
    name: fc.constantFrom("f", "exec_command", "mcp__tides__list_ports"),
    arguments: fc.json(),
  }),
);

const ANSWER = fc.record({
  parts: fc.array(PART, { maxLength: 8 }).map((parts) =>
    parts.filter((part, index) => part.kind === "tool_call" || part.kind !== parts[index - 1]?.kind)
  ),
  cuts: fc.array(fc.nat(5), { maxLength: 4 }),
  finish: fc.constantFrom<ChatFinish>("stop", "length", "tool_calls", "content_filter"),
});

function pieces(text: string, cuts: readonly number[]): string[] {
  const found: string[] = [];
  let rest = text;
  for (const cut of cuts) {
    found.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...found, rest];
}

function partEvents(part: ChatPart, call: number, cuts: readonly number[]): ChatEvent[] {
  switch (part.kind) {
    case "text":
    case "refusal":
      return pieces(part.text, cuts).map((text) => ({ kind: part.kind, choice: 0, text }));
    case "reasoning":
      return [
        ...pieces(part.text, cuts).map((text): ChatEvent => ({ kind: "reasoning", choice: 0, text })),
        { kind: "reasoning_end", choice: 0 },
      ];
    case "tool_call":
      return [
        { kind: "tool_start", choice: 0, call, id: part.id, name: part.name },
        ...pieces(part.arguments, cuts).map((text): ChatEvent => ({
          kind: "tool_arguments",
          choice: 0,
          call,
          text,
        })),
        { kind: "tool_end", choice: 0, call },
      ];
    default:
      return [];
  }
}

Deno.test("any answer, cut into any pieces, streams as it is told whole", () => {
  fc.assert(fc.property(ANSWER, ({ parts, cuts, finish }) => {
    const events: ChatEvent[] = [
      { kind: "start" },
      ...parts.flatMap((part, index) => partEvents(part, index, cuts)),
      { kind: "finish", choice: 0, finish },
      { kind: "end" },
    ];
    const stream = streamOf(events, ASKED);
    checkSequence(stream);
    const whole = responsesSide.writeAnswer(
      { id: undefined, model: undefined, choices: [{ index: 0, parts, finish }] },
      answerContext(ASKED),
    );
    assert.deepEqual(assembled(stream), plain(whole));
    assert.deepEqual(streamOf(eventsOf(stream), ASKED), stream, "read and written again it is the same");
  }));
});

Deno.test("whatever an upstream sends, it is read without a crash, and ends once", () => {
  const types = fc.constantFrom(
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_text.done",
    "response.function_call_arguments.delta",
    "response.custom_tool_call_input.done",
    "response.completed",
  );
  const item = fc.record({
    type: fc.constantFrom("message", "reasoning", "function_call", "custom_tool_call", "web_search_call", 5),
    name: fc.constantFrom("f", "", null),
    content: fc.oneof(fc.constant(null), fc.array(fc.jsonValue())),
    summary: fc.jsonValue(),
    arguments: fc.jsonValue(),
  }, { requiredKeys: [] });
  const event = fc.record({
    type: types,
    item: fc.oneof(item, fc.jsonValue()),
    delta: fc.oneof(fc.string(), fc.jsonValue()),
    text: fc.jsonValue(),
    response: fc.oneof(fc.record({ output: fc.array(item), usage: fc.jsonValue() }), fc.jsonValue()),
    ["output_index"]: fc.oneof(fc.nat(3), fc.jsonValue()),
  }, { requiredKeys: ["type"] });
  fc.assert(fc.property(fc.array(event, { maxLength: 12 }), (sent) => {
    const events: ChatEvent[] = [];
    const reader = responsesSide.eventReader();
    for (const data of sent) reader.event("", data, (each) => void events.push(each));
    reader.end((each) => void events.push(each));
    assert.equal(events.filter(({ kind }) => kind === "end").length, 1);
    assert.equal(events.at(-1)?.kind, "end");
    const calls = events.filter(({ kind }) => kind === "tool_start").map((each) =>
      "call" in each && each.call
    );
    assert.deepEqual(calls, calls.map((_, index) => index), "calls count from 0 without gaps");
    const ended = events.filter(({ kind }) => kind === "tool_end").length;
    assert.equal(ended, calls.length, "every call ends");
    checkSequence(streamOf(events, ASKED));
  }));
});
