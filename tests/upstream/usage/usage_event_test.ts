import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { withoutUsageEvent } from "../../../src/upstream/usage/usage_event.ts";

const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":3}}';
const TEXT = 'data: {"choices":[{"delta":{"content":"a"}}],"usage":null}';
const left = (...pieces: string[]) =>
  Buffer.concat(withoutUsageEvent(pieces.map((piece) => Buffer.from(piece)))).toString();

Deno.test("the event that only tells usage goes, whatever the line ends and the pieces", () => {
  for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
    assert.equal(left(`${TEXT}${end}${USAGE}${end}data: [DONE]${end}`), `${TEXT}${end}data: [DONE]${end}`);
    assert.equal(left(`${USAGE}${end}`), "");
    assert.equal(left(USAGE.slice(0, 20), USAGE.slice(20), `${end}${TEXT}${end}`), `${TEXT}${end}`);
  }
});

Deno.test("what tells anything else stays as it is, the very bytes", () => {
  const others = [
    'data: {"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3}}\n\n',
    'data: {"choices":[],"prompt_filter_results":[]}\n\n',
    'data: {"choices":[],"usage":{},"error":{"message":"no"}}\n\n',
    `event: named\n${USAGE}\n\n`,
    'data: {"choices":[{"delta":{"content":"\\"usage\\":{"}}]}\n\n',
    'data: {"usage":{"x":1}}\n\n',
    'data: {"choices":[],"usage":{\n\n',
  ];
  const pieces = others.map((text) => Buffer.from(text));
  for (const piece of pieces) assert.equal(withoutUsageEvent([piece])[0], piece);
});
