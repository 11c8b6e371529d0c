import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChatEvent } from "../../../../../src/core/chat.ts";
import type { JsonObject } from "../../../../../src/core/bytes/exact_json.ts";
import { eventReader } from "../../../../../src/formats/openai/chat/events/event_reader.ts";

const chunk = (delta: unknown, finish: string | null = null, index = 0): JsonObject => ({
  id: "c1",
  model: "up",
  choices: [{ index, delta, ["finish_reason"]: finish }],
});
const call = (index: number | undefined, id: string, name: string, text: string): JsonObject => ({
  ...(index !== undefined && { index }),
  ...(id !== "" && { id, type: "function" }),
  function: { ...(name !== "" && { name }), arguments: text },
});
const calls = (...entries: JsonObject[]) => chunk({ ["tool_calls"]: entries });

/** The events told, each as one line. */
function told(...chunks: readonly JsonObject[]): string[] {
  const lines: string[] = [];
  const reader = eventReader();
  const emit = (event: ChatEvent) => void lines.push(line(event));
  for (const data of chunks) reader.event("", data, emit);
  reader.end(emit);
  reader.end(emit);
  return lines;
}

function line(event: ChatEvent): string {
  const { kind, ...rest } = event;
  return [kind, ...Object.values(rest).map((value) => typeof value === "object" ? "…" : String(value))].join(
    " ",
  );
}

Deno.test("text, thoughts and the end come in order, and once", () => {
  assert.deepEqual(
    told(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: null, ["reasoning_content"]: "hm", reasoning: "hm" }),
      chunk({ content: "a" }),
      chunk({ content: "" }),
      chunk({}, "stop"),
    ),
    ["start c1 up", "reasoning 0 hm", "reasoning_end 0", "text 0 a", "finish 0 stop", "end"],
  );
});

Deno.test("the answer begins with the first event that has a choice: Azure's filter event names no model", () => {
  const azure = { id: "", model: "", choices: [], ["prompt_filter_results"]: [] };
  assert.deepEqual(told(azure, chunk({ content: "a" }, "stop")), [
    "start c1 up",
    "text 0 a",
    "finish 0 stop",
    "end",
  ]);
});

Deno.test("tool arguments arrive piece by piece, and a call's name may", () => {
  assert.deepEqual(
    told(
      calls(call(0, "a", "ti", "")),
      calls(call(0, "", "de", "")),
      calls(call(0, "", "", '{"p":')),
      calls(call(0, "", "", "1}")),
      chunk({}, "tool_calls"),
    ).slice(1),
    [
      "tool_start 0 0 a tide",
      'tool_arguments 0 0 {"p":',
      "tool_arguments 0 0 1}",
      "tool_end 0 0",
      "finish 0 tool_calls",
      "end",
    ],
  );
});

Deno.test("a call ends as soon as it is whole and the next has begun, so that the next can pass at once", () => {
  assert.deepEqual(
    told(
      calls(call(0, "a", "f", '{"x":"}"}')),
      calls(call(1, "b", "g", "")),
      calls(call(1, "", "", "{}")),
    ).slice(1),
    [
      "tool_start 0 0 a f",
      'tool_arguments 0 0 {"x":"}"}',
      "tool_end 0 0",
      "tool_start 0 1 b g",
      "tool_arguments 0 1 {}",
      "tool_end 0 1",
      "finish 0 tool_calls",
      "end",
    ],
  );
});

Deno.test("arguments of two calls may interleave", () => {
  assert.deepEqual(
    told(
      calls(call(0, "a", "f", ""), call(1, "b", "g", "")),
      calls(call(1, "", "", "{")),
      calls(call(0, "", "", "{}")),
      calls(call(1, "", "", "}")),
    ).slice(1, -2),
    [
      "tool_start 0 0 a f",
      "tool_start 0 1 b g",
      "tool_arguments 0 1 {",
      "tool_arguments 0 0 {}",
      "tool_end 0 0",
      "tool_arguments 0 1 }",
      "tool_end 0 1",
    ],
  );
});

Deno.test("calls without an index, with the same index, without an id and with arguments as an object are told apart", () => {
  const starts = (...entries: JsonObject[]) =>
    told(calls(...entries)).filter((event) => event.startsWith("tool_start"));
  assert.deepEqual(starts(call(undefined, "a", "f", "{}"), call(undefined, "b", "g", "{}")), [
    "tool_start 0 0 a f",
    "tool_start 0 1 b g",
  ]);
  assert.deepEqual(starts(call(0, "a", "f", "{}"), call(0, "b", "g", "{}")), [
    "tool_start 0 0 a f",
    "tool_start 0 1 b g",
  ]);
  const [first = "", second = ""] = starts(call(undefined, "", "f", "{}"), call(undefined, "", "f", "{}"));
  assert.match(first, /^tool_start 0 0 call_[0-9a-f]{24} f$/);
  assert.notEqual(first.split(" ")[3], second.split(" ")[3], "two made ids of one answer differ");
  const object = told(calls({ index: 0, id: "a", function: { name: "f", arguments: { x: 1 } } }));
  assert.ok(object.includes('tool_arguments 0 0 {"x":1}'));
});

Deno.test("the deprecated single call and a custom tool's are calls", () => {
  assert.match(
    told(
      chunk({ ["function_call"]: { name: "f", arguments: "" } }),
      chunk({ ["function_call"]: { arguments: "{}" } }),
    )
      .join("\n"),
    /tool_start 0 0 call_\w+ f\ntool_arguments 0 0 {}\ntool_end 0 0\nfinish 0 tool_calls/,
  );
  const custom = { index: 0, id: "p", type: "custom", custom: { name: "patch", input: "{}" } };
  assert.deepEqual(told(calls(custom), calls({ index: 0, custom: { input: "x" } })).slice(1, 4), [
    "tool_start 0 0 p patch true",
    "tool_arguments 0 0 {}",
    "tool_arguments 0 0 x",
  ]);
});

Deno.test("Gemini's signature comes with the call", () => {
  const signed = {
    ...call(0, "a", "f", "{}"),
    ["extra_content"]: { google: { ["thought_signature"]: "s" } },
  };
  const events: ChatEvent[] = [];
  eventReader().event("", calls(signed), (event) => events.push(event));
  const start = events.find((event) => event.kind === "tool_start");
  assert.deepEqual(start?.kind === "tool_start" && start.signature, {
    format: "gemini_generate",
    value: "s",
  });
});

Deno.test("several finishes are one, a later and a telling one before a plain stop, and calls make it tool_calls", () => {
  const finish = (...chunks: JsonObject[]) => told(...chunks).find((event) => event.startsWith("finish"));
  assert.equal(finish(chunk({ content: "a" }, "stop"), chunk({}, "stop")), "finish 0 stop");
  assert.equal(finish(chunk({ content: "a" }, "length"), chunk({}, "stop")), "finish 0 length");
  assert.equal(finish(chunk({ content: "a" }, "stop"), chunk({}, "length")), "finish 0 length");
  assert.equal(finish(calls(call(0, "a", "f", "{}")), chunk({}, "stop")), "finish 0 tool_calls");
  assert.equal(finish(chunk({ content: "a" })), "finish 0 stop", "some servers send none");
  assert.equal(finish(chunk({}, "sensitive")), "finish 0 content_filter");
  assert.ok(told(chunk({ content: "a" }, "stop"), chunk({ content: "b" }, "stop")).includes("text 0 b"));
});

Deno.test("choices are kept apart, and usage may come with every event", () => {
  const usage = { ["prompt_tokens"]: 3, ["completion_tokens"]: 1 };
  assert.deepEqual(
    told(
      { ...chunk({ content: "a" }), usage },
      chunk({ content: "b" }, null, 1),
      chunk({}, "length", 1),
      { ...chunk({}, "stop"), usage: { ...usage, ["completion_tokens"]: 2 } },
      { choices: [], ["x_groq"]: { usage } },
    ),
    [
      "start c1 up",
      "text 0 a",
      "usage …",
      "text 1 b",
      "usage …",
      "usage …",
      "finish 0 stop",
      "finish 1 length",
      "end",
    ],
  );
});

Deno.test("Mistral's parts are text and thoughts", () => {
  const thinking = { type: "thinking", thinking: [{ type: "text", text: "hm" }] };
  assert.deepEqual(told(chunk({ content: [thinking, { type: "text", text: "a" }] })).slice(1, 4), [
    "reasoning 0 hm",
    "reasoning_end 0",
    "text 0 a",
  ]);
});

/** A text cut into pieces anywhere. */
const pieces = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.array(fc.nat(40), { maxLength: 5 })).map(([whole, cuts]) => {
    const ends = [...new Set(cuts.filter((cut) => cut < whole.length))].sort((a, b) => a - b);
    return [...ends, whole.length].map((end, at) => whole.slice(ends[at - 1] ?? 0, end));
  });

Deno.test("however a stream is cut and its calls interleaved, each call has its own arguments and each text its order", () => {
  const json = fc.json({ maxDepth: 2 }).map((value) => `{"a":${value}}`);
  const answer = fc.record({
    text: pieces(fc.string({ maxLength: 30 })),
    calls: fc.array(pieces(json), { maxLength: 4 }),
    order: fc.infiniteStream(fc.nat()),
  });
  fc.assert(fc.property(answer, ({ text, calls: wanted, order }) => {
    const open = wanted.map((parts, index) => ({ index, parts: [...parts] }));
    const chunks = text.map((content) => chunk({ content }));
    chunks.push(...wanted.map((_, index) => calls(call(index, `c${index}`, `f${index}`, ""))));
    for (let left = open.filter(hasParts); left.length > 0; left = open.filter(hasParts)) {
      const next = left[(order.next().value ?? 0) % left.length];
      chunks.push(calls(call(next?.index ?? 0, "", "", next?.parts.shift() ?? "")));
    }
    const got: string[] = [];
    let said = "";
    const ended = new Set<number>();
    const reader = eventReader();
    const emit = (event: ChatEvent) => {
      if (event.kind === "text") said += event.text;
      if (event.kind === "tool_start") got[event.call] = "";
      if (event.kind === "tool_end") ended.add(event.call);
      if (event.kind !== "tool_arguments") return;
      assert.ok(!ended.has(event.call), "nothing follows an end");
      got[event.call] += event.text;
    };
    for (const data of chunks) reader.event("", data, emit);
    reader.end(emit);
    assert.equal(said, text.join(""));
    assert.deepEqual(got, wanted.map((parts) => parts.join("")));
    assert.equal(ended.size, wanted.length);
  }));
});

function hasParts({ parts }: { readonly parts: readonly string[] }): boolean {
  return parts.length > 0;
}
