import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { TextRun } from "../../../src/formats/events/text_run.ts";

/** Each text read by itself. */
function alone(texts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return texts.map((text) => JSON.parse(`"${decoder.decode(text)}"`)).join("");
}

function together(texts: readonly Uint8Array[], run = new TextRun()): string {
  for (const text of texts) run.add(text, 0, text.length);
  return run.take();
}

Deno.test("texts are the same together as each by itself, also where a character is torn between two", () => {
  const torn = Buffer.from("中é😀");
  const text = fc.oneof(
    fc.tuple(fc.nat(torn.length), fc.nat(torn.length)).map(([a, b]) =>
      torn.subarray(Math.min(a, b), Math.max(a, b))
    ),
    fc.constantFrom("a", "\\n", "\\ud83d", "\\ude00", "\ufeff").map((plain) => Buffer.from(plain)),
    fc.uint8Array({ min: 0x80, maxLength: 4 }),
  );
  const run = new TextRun();
  fc.assert(
    fc.property(fc.array(text), (texts) => assert.equal(together(texts, run), alone(texts))),
    { numRuns: 2_000 },
  );
});

Deno.test("a long run keeps every byte", () => {
  const texts = Array.from({ length: 5_000 }, (_, index) => Buffer.from(`${index} `));
  assert.equal(together(texts), alone(texts));
});
