import assert from "node:assert/strict";
import fc from "fast-check";
import { contentBytes } from "../../../src/upstream/usage/content_bytes.ts";

const bytesIn = (value: unknown) => contentBytes(new TextEncoder().encode(JSON.stringify(value)));

Deno.test("what a model wrote is counted in every format, and nothing around it", () => {
  assert.equal(bytesIn({ id: "chatcmpl", choices: [{ delta: { role: "assistant", content: "Hello" } }] }), 5);
  assert.equal(
    bytesIn({ choices: [{ delta: { tool_calls: [{ id: "x", function: { arguments: '{"a":1}' } }] } }] }),
    7,
  );
  assert.equal(
    bytesIn({ type: "content_block_delta", delta: { type: "thinking_delta", thinking: "Hm." } }),
    3,
  );
  assert.equal(
    bytesIn({ candidates: [{ content: { parts: [{ functionCall: { args: { a: [1, "}"] } } }] } }] }),
    13,
  );
  assert.equal(
    bytesIn({ choices: [{ delta: { reasoning: "ab", reasoning_details: [{ text: "ab" }] } }] }),
    2,
  );
  assert.equal(bytesIn({ data: [{ embedding: [0.1, 0.2] }], usage: { prompt_tokens: 1 } }), 0);
});

Deno.test("a text counts by its bytes, however it is escaped and wherever it is cut", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(200), (text, cut) => {
    const json = new TextEncoder().encode(JSON.stringify({ id: "content", content: text }));
    assert.equal(contentBytes(json), new TextEncoder().encode(text).length);
    assert.ok(contentBytes(json.subarray(0, cut)) <= new TextEncoder().encode(text).length + 1);
  }));
});
