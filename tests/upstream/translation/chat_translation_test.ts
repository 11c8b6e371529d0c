import assert from "node:assert/strict";
import type { ChatEvent, ChatRequest } from "../../../src/core/chat.ts";
import { registryOf } from "../../../src/core/registry.ts";
import type { Format } from "../../../src/formats/format.ts";
import * as formatModule from "../../../src/formats/mod.ts";
import { ToolNames } from "../../../src/formats/translation/tool_names.ts";
import { TranslationFault } from "../../../src/upstream/translation/answer_translation.ts";
import { ChatTranslation } from "../../../src/upstream/translation/chat_translation.ts";
import type { CallCompany } from "../../../src/upstream/translation/turn_memory.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const CHAT_FORMATS = registryOf<Format>(formatModule).all.filter(({ chat }) => chat !== undefined);

const ASKED: ChatRequest = {
  ...{ model: "m", stream: true, streamUsage: true, system: [], turns: [] },
  tools: [{ kind: "function", name: "look" }, { kind: "function", name: "a.name" }],
};

const REQUEST_ID = "01a223a7-a32e-7000-bee3-6681dddd70ec";

function sideOf(format: Format) {
  assert.ok(format.chat !== undefined);
  return format.chat;
}

function contextFor(asked: ChatRequest) {
  const framing = "sse" as const;
  return { asked, model: "m", requestId: REQUEST_ID, createdSeconds: 1_795_894_518, framing };
}

/** What an upstream of the format sends for the events, one piece of bytes for each. */
function upstreamPieces(format: Format, events: readonly ChatEvent[]): Uint8Array[] {
  const writer = sideOf(format).eventWriter(contextFor(ASKED));
  return events.map((event) => new TextEncoder().encode(writer.write(event)));
}

function translation(
  client: Format,
  upstream: Format,
  more: { names?: ToolNames; asked?: ChatRequest } = {},
) {
  const company: [string, CallCompany][] = [];
  const made = new ChatTranslation({
    client: sideOf(client),
    upstream: sideOf(upstream),
    context: contextFor(more.asked ?? ASKED),
    names: more.names ?? new ToolNames(),
    dropped: [],
    remember: (id, each) => void company.push([id, each]),
  });
  return { made, company };
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const of = { choice: 0 } as const;
const WORDS = ["Alpha", "Bravo", "Charlie", "Delta"];

const TEXT_EVENTS: readonly ChatEvent[] = [
  { kind: "start", id: "id-1", model: "vendor-model" },
  ...WORDS.map((text): ChatEvent => ({ kind: "text", ...of, text })),
  { kind: "finish", ...of, finish: "stop" },
  { kind: "usage", usage: { inputTokens: 12, outputTokens: 5, cachedInputTokens: 4 } },
  { kind: "end" },
];

for (const client of CHAT_FORMATS) {
  for (const upstream of CHAT_FORMATS.filter((format) => format !== client)) {
    const pair = `${upstream.type} to ${client.type}`;

    Deno.test(`${pair}: each piece of text leaves with the very chunk that brought it`, () => {
      const { made } = translation(client, upstream);
      const seen = upstreamPieces(upstream, TEXT_EVENTS).map((piece) => decode(made.push(piece)));
      WORDS.forEach((word, at) => assert.match(seen[at + 1] ?? "", new RegExp(word), `${word}: ${seen}`));
      const all = seen.join("") + decode(made.end());
      for (const word of WORDS) assert.equal(all.split(word).length - 1 >= 1, true, word);
      assert.equal(made.end().length, 0, "asked again it owes nothing");
    });

    Deno.test(`${pair}: bytes cut anywhere come to the same stream`, () => {
      const bytes = upstreamPieces(upstream, TEXT_EVENTS).flatMap((piece) => [...piece]);
      const whole = translation(client, upstream).made;
      const expected = decode(whole.push(Uint8Array.from(bytes))) + decode(whole.end());
      const bytewise = translation(client, upstream).made;
      const pieces = bytes.map((byte) => decode(bytewise.push(Uint8Array.of(byte))));
      assert.equal(pieces.join("") + decode(bytewise.end()), expected);
    });

    Deno.test(`${pair}: a stream translated is an answer that the client's own reader calls whole`, () => {
      const { made } = translation(client, upstream);
      const out = upstreamPieces(upstream, TEXT_EVENTS).map((piece) => decode(made.push(piece))).join("") +
        decode(made.end());
      const reader = client.streamReader();
      reader.push(new TextEncoder().encode(out));
      assert.deepEqual([reader.ended, reader.hasContent], [true, true]);
      const { usage } = atOnce(client.assemble(new TextEncoder().encode(out)));
      assert.deepEqual([usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens], [12, 5, 4]);
    });
  }
}

/** Formats that have pieces for a call's arguments; Gemini's calls are whole. */
const PIECEWISE = CHAT_FORMATS.filter(({ type }) => type !== "gemini_generate");

for (const client of PIECEWISE) {
  for (const upstream of PIECEWISE.filter((format) => format !== client)) {
    Deno.test(`${upstream.type} to ${client.type}: tool arguments arrive piece by piece`, () => {
      const fragments = ['{"place":"', "Reykjavik", '","days":', "3}"];
      const events: readonly ChatEvent[] = [
        { kind: "start", id: "id-1", model: "v" },
        { kind: "tool_start", ...of, call: 0, id: "call_1", name: "look" },
        ...fragments.map((text): ChatEvent => ({ kind: "tool_arguments", ...of, call: 0, text })),
        { kind: "tool_end", ...of, call: 0 },
        { kind: "finish", ...of, finish: "tool_calls" },
        { kind: "end" },
      ];
      const { made } = translation(client, upstream);
      const seen = upstreamPieces(upstream, events).map((piece) => decode(made.push(piece)));
      const first = seen.findIndex((text) => text.includes("place"));
      const last = seen.findIndex((text) => text.includes("3}"));
      assert.ok(first >= 0 && first < last, seen.join("\n---\n"));
      assert.match(seen[3] ?? "", /Reykjavik/);
    });
  }
}

const chat = CHAT_FORMATS.find(({ type }) => type === "openai_chat");
const messages = CHAT_FORMATS.find(({ type }) => type === "anthropic_messages");
assert.ok(chat !== undefined && messages !== undefined);

Deno.test("a name that the vendor could not take comes back as the client's own", () => {
  const names = new ToolNames();
  const wire = names.wire("a.name", { pattern: /^[a-z_0-9]+$/, maxLength: 64 });
  const events: readonly ChatEvent[] = [
    { kind: "start" },
    { kind: "tool_start", ...of, call: 0, id: "call_1", name: wire },
    { kind: "tool_arguments", ...of, call: 0, text: "{}" },
    { kind: "tool_end", ...of, call: 0 },
    { kind: "finish", ...of, finish: "tool_calls" },
    { kind: "end" },
  ];
  const { made } = translation(chat, messages, { names });
  const out = upstreamPieces(messages, events).map((piece) => decode(made.push(piece))).join("");
  assert.ok(out.includes('"a.name"') && !out.includes(wire), out);
});

Deno.test("thoughts before a call are remembered with it, streamed or whole", () => {
  const signature = { format: "anthropic_messages", value: "sealed" };
  const events: readonly ChatEvent[] = [
    { kind: "start", id: "id-1" },
    { kind: "reasoning", ...of, text: "Hm." },
    { kind: "reasoning_end", ...of, signature },
    { kind: "tool_start", ...of, call: 0, id: "call_1", name: "look" },
    { kind: "tool_end", ...of, call: 0 },
    { kind: "finish", ...of, finish: "tool_calls" },
    { kind: "end" },
  ];
  const streamed = translation(chat, messages);
  const stream = upstreamPieces(messages, events);
  for (const piece of stream) streamed.made.push(piece);
  streamed.made.end();
  const whole = translation(chat, messages, { asked: { ...ASKED, stream: false } });
  const all = Uint8Array.from(stream.flatMap((piece) => [...piece]));
  whole.made.whole(new TextEncoder().encode(atOnce(messages.assemble(all)).body));
  for (const { company } of [streamed, whole]) {
    const [[id, each] = []] = company;
    assert.equal(id, "call_1");
    assert.deepEqual(each?.reasoning.map(({ text, signature: mark }) => [text, mark?.value]), [[
      "Hm.",
      "sealed",
    ]]);
  }
});

Deno.test("an event that is no JSON, and an answer that is none, cannot be translated", () => {
  const { made } = translation(chat, messages);
  const broken = new TextEncoder().encode("event: message_start\ndata: {oops\n\n");
  assert.throws(() => made.push(broken), TranslationFault);
  assert.throws(
    () => translation(chat, messages).made.whole(new TextEncoder().encode("<html>")),
    TranslationFault,
  );
});

Deno.test("errors inside a stream are not the translation's to tell", () => {
  const { made } = translation(chat, messages);
  const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n';
  assert.equal(made.push(new TextEncoder().encode(error)).length, 0);
});

Deno.test("a whole answer for a client that awaits a stream comes as one", () => {
  const { made } = translation(chat, messages);
  const body = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude", stop_reason: "tool_use" },
    content: [{ type: "text", text: "Hm." }, {
      type: "tool_use",
      id: "toolu_1",
      name: "look",
      input: { a: 1 },
    }],
    usage: { input_tokens: 3, output_tokens: 2 },
  };
  const out = decode(made.whole(new TextEncoder().encode(JSON.stringify(body))));
  assert.match(
    out,
    /"content":"Hm\."[^]*"tool_calls"[^]*"finish_reason":"tool_calls"[^]*data: \[DONE\]\n\n$/,
  );
});
