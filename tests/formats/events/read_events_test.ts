import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { isJsonObject, type JsonObject, parseExact } from "../../../src/core/bytes/exact_json.ts";
import { atOnce } from "../../../src/core/time/steps.ts";
import { assembleMessage } from "../../../src/formats/anthropic/assembly/messages_assembler.ts";
import { assembleChoices } from "../../../src/formats/openai/assembly/choices_assembler.ts";
import { readEvents } from "../../../src/formats/events/read_events.ts";

/** What reading each event by itself gives. */
function readAlone(events: readonly Uint8Array[]): unknown[] {
  return events.flatMap((data) => {
    try {
      const value = parseExact(new TextDecoder().decode(data));
      return isJsonObject(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

/** Long enough for what events have in common to be looked for. */
const PADDING = Buffer.from(`:${" ".repeat(8 * 1024)}\n\n`);

function streamOf(events: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([
    PADDING,
    ...events.flatMap((data) => [Buffer.from("data: "), data, Buffer.from("\n\n")]),
  ]);
}

function read(events: readonly Uint8Array[]): unknown[] {
  const told: JsonObject[] = [];
  atOnce(readEvents(streamOf(events), (event) => told.push(event)));
  return told;
}

/** What stands between the quotes of a string: good JSON for the most part, characters whole for the most part. */
const spelled = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }).map((text) => Buffer.from(JSON.stringify(text).slice(1, -1))),
  fc.constantFrom("a", "", "\\n", "\\ud83d", "\\ude00", "\ufeff", "é", "中文", "😀", "\\\\", '\\"').map((
    text,
  ) => Buffer.from(text)),
  fc.constantFrom("\\x", "\\u12g4", "\\", "\t", '"', '","content":"b', "tidegate:text:0").map((text) =>
    Buffer.from(text)
  ),
  fc.uint8Array({ min: 0x80, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
);

/** Events of a few shapes, a stretch of each after the other. */
function eventsOf(shapes: readonly string[]): fc.Arbitrary<Buffer[]> {
  const stretch = fc.tuple(
    fc.constantFrom(...shapes),
    fc.array(fc.array(spelled, { minLength: 3, maxLength: 3 })),
  );
  return fc.array(stretch, { maxLength: 5 }).map((stretches) =>
    stretches.flatMap(([shape, texts]) =>
      texts.map((said) => {
        let index = 0;
        return Buffer.concat(
          shape.split("?").flatMap((
            piece,
            at,
          ) => [...(at > 0 ? [said[index++] ?? Buffer.of()] : []), Buffer.from(piece)]),
        );
      })
    )
  );
}

Deno.test("events that differ in texts are read as if each were parsed by itself", () => {
  const shapes = [
    `{"a":"?"}`,
    `\ufeff{"a":"?"}`,
    `{"id":"x","n":1.0,"choices":[{"index":0,"delta":{"content":"?"},"why":null}],"pad":"?"}`,
    `{"a":"?","a":"?"}`,
    `{"?":"a"}`,
    `{"__proto__":{"a":"?"}}`,
    `{"a":["?",{"b":"?"},"?"]}`,
    `["?"]`,
    `{"a":"?"`,
  ];
  fc.assert(fc.property(eventsOf(shapes), (events) => {
    const whole = events.filter((event) => !event.includes(0x0a) && !event.includes(0x0d));
    assert.deepEqual(read(whole), readAlone(whole));
  }));
});

Deno.test("each event is an object of its own, so that changing one changes no other", () => {
  const events = ["a", "b", "c", "d"].map((text) => Buffer.from(`{"list":[{"text":"${text}"}],"n":{}}`));
  const told = read(events);
  assert.equal(new Set(told.flatMap((event) => Object.values(event as JsonObject))).size, 2 * events.length);
});

/** The same events, of which no two are alike: each has more white space between its members than the one before. */
function unlike(events: readonly Buffer[]): Buffer[] {
  return events.map((event, index) =>
    event[0] === 0x7b ? Buffer.concat([Buffer.from(`{${" ".repeat(index + 1)}`), event.subarray(1)]) : event
  );
}

const assemblers = {
  chat: {
    assemble: (stream: Uint8Array) =>
      assembleChoices(stream, { object: "chat.completion", answer: "message" }),
    shapes: [
      `{"id":"x","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"?"},"logprobs":null}]}`,
      `{"choices":[{"index":0,"delta":{"content":"?"},"finish_reason":null}],"obfuscation":"?"}`,
      `{"choices":[{"index":1,"delta":{"reasoning_content":"?","content":null}},{"index":0,"delta":{"content":"?"}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"?"}}]}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"?"}}]}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"?","function":{"name":"?","arguments":"?"}}]}}]}`,
      `{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"?"}]}}]}`,
      `{"choices":[{"index":0,"delta":{"content":"?"}},{"index":0,"delta":{"content":"?"}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"?"}},{"index":0,"function":{"arguments":"?"}}]}}]}`,
      `{"choices":[{"index":0,"delta":{"content":"?","more":"m"}}]}`,
      `{"choices":[{"index":0,"delta":{"content":"?"},"logprobs":{"content":[{"token":"t"}]}}]}`,
      `{"choices":[{"index":0,"text":"?","finish_reason":"?"}],"model":"?"}`,
    ],
  },
  messages: {
    assemble: assembleMessage,
    shapes: [
      `{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}`,
      `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"?"}}`,
      `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"?"}}`,
      `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"?"}}`,
      `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"?"}}`,
      `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"?","more":"m"}}`,
      `{"type":"message_delta","delta":{"stop_reason":"?"},"usage":{"output_tokens":2}}`,
    ],
  },
};

for (const [name, { assemble, shapes }] of Object.entries(assemblers)) {
  Deno.test(`${name}: events told together come to the same answer as one by one`, () => {
    fc.assert(fc.property(eventsOf(shapes), (events) => {
      const whole = events.filter((event) => !event.includes(0x0a) && !event.includes(0x0d));
      assert.deepEqual(atOnce(assemble(streamOf(whole))), atOnce(assemble(streamOf(unlike(whole)))));
    }));
  });
}

Deno.test("of a stream of words most events are told together", () => {
  const events = Array.from(
    { length: 500 },
    (_, index) => Buffer.from(`{"choices":[{"index":0,"delta":{"content":" ${index}"}}]}`),
  );
  let told = 0;
  atOnce(readEvents(streamOf(events), () => told++, () => true));
  assert.equal(told, 3);
});

Deno.test("others may run while a long stream is read", () => {
  const events = Array.from({ length: 5_000 }, (_, index) => Buffer.from(`{"text":"${index}"}`));
  const steps = readEvents(streamOf(events), () => {});
  let rests = 0;
  while (steps.next().done !== true) rests++;
  assert.ok(rests >= 2, String(rests));
});
