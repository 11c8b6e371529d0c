import assert from "node:assert/strict";
import fc from "fast-check";
import { AnswerReader } from "../../../tools/bench/load/answer_reader.ts";
import { StampReader } from "../../../tools/bench/load/stamp_reader.ts";
import {
  CONTENT_EVENT,
  FIRST_EVENT,
  LAST_EVENTS,
  STAMP_DIGITS,
} from "../../../tools/bench/upstream/answers.ts";

const encoder = new TextEncoder();

const counted =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 12\r\n\r\n{"a":"b c"}\n';
const framed = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const chunked = `HTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\n\r\n${framed("one")}${
  framed("two\r\n0\r\n\r\n")
}0\r\n\r\n`;
const empty = "HTTP/1.1 204 None\r\ncontent-length: 0\r\n\r\n";

/** Feeds an answer in pieces; each piece is at the beginning of one shared buffer, as a socket gives it. */
function read(answer: string, cuts: readonly number[]): { status: number; body: string; ends: number } {
  let body = "";
  let ends = 0;
  const reader = new AnswerReader((bytes, from, to) =>
    body += new TextDecoder().decode(bytes.subarray(from, to))
  );
  const bytes = encoder.encode(answer);
  const buffer = new Uint8Array(bytes.length + 10).fill(0x30);
  const places = [...cuts.map((cut) => cut % bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of places) {
    buffer.set(bytes.subarray(from, to));
    if (to > from && reader.push(buffer, to - from)) ends++;
    from = to;
  }
  return { status: reader.status, body, ends };
}

Deno.test("an answer is read the same however the network cuts it", () => {
  const expected = new Map([
    [counted, { status: 200, body: '{"a":"b c"}\n', ends: 1 }],
    [chunked, { status: 429, body: "onetwo\r\n0\r\n\r\n", ends: 1 }],
    [empty, { status: 204, body: "", ends: 1 }],
  ]);
  fc.assert(
    fc.property(
      fc.constantFrom(...expected.keys()),
      fc.array(fc.nat(), { maxLength: 20 }),
      (answer, cuts) => {
        assert.deepEqual(read(answer, cuts), expected.get(answer));
      },
    ),
  );
});

Deno.test("answers follow each other on one connection", () => {
  const bodies: string[] = [];
  const reader = new AnswerReader((bytes, from, to) =>
    bodies.push(new TextDecoder().decode(bytes.subarray(from, to)))
  );
  for (const answer of [counted, chunked, counted]) {
    const bytes = encoder.encode(answer);
    assert.ok(reader.push(bytes, bytes.length));
  }
  assert.equal(bodies.length, 4);
});

Deno.test("what is no answer is an error and not an endless wait", () => {
  const reader = new AnswerReader(() => {});
  const bytes = encoder.encode("x".repeat(20_000));
  assert.throws(() => reader.push(bytes, bytes.length), /head does not end/);
});

Deno.test("every stamp of a stream is found once, also when it is cut in two", () => {
  const stamps = [1_795_905_065_369_529, 1_795_905_065_389_000];
  const event = (stamp: number) => CONTENT_EVENT.replace("0".repeat(STAMP_DIGITS), String(stamp));
  const bytes = encoder.encode(FIRST_EVENT + stamps.map(event).join("") + LAST_EVENTS);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const found: number[] = [];
    const reader = new StampReader((micros) => found.push(micros));
    reader.push(bytes, 0, cut);
    reader.push(bytes, cut, bytes.length);
    assert.deepEqual(found, stamps);
  }
});
