import assert from "node:assert/strict";
import { sealedTexts } from "../../../src/gateway/account/sealed_texts.ts";

const blob = (letter: string) => letter.repeat(200);
const found = (text: string, most = 10) =>
  sealedTexts(new TextEncoder().encode(text), "encrypted_content", most)
    .map((bytes) => new TextDecoder().decode(bytes));

Deno.test("sealed texts are found by their beginnings, the last first, wherever they stand", () => {
  const item = (letter: string) => `{"type":"reasoning","encrypted_content" : "${blob(letter)}"}`;
  const body = `{"input":[{"text":"ä encrypted_content"},${item("a")},${item("b")}]}`;
  assert.deepEqual(found(body), ["b".repeat(128), "a".repeat(128)]);
  assert.deepEqual(found(body, 1), ["b".repeat(128)]);
  const stream = `event: response.output_item.done\ndata: {"item":${item("c")}}\n\ndata: {"output":[${
    item("c")
  }]}\n\n`;
  assert.deepEqual(found(stream), ["c".repeat(128), "c".repeat(128)]);
});

Deno.test("what is no text, too short, unfinished or asked for by `include` tells nothing", () => {
  assert.deepEqual(found('{"include":["reasoning.encrypted_content"]}'), []);
  assert.deepEqual(found('{"encrypted_content":null,"a":{"encrypted_content":""}}'), []);
  assert.deepEqual(found(`{"encrypted_content":"${"a".repeat(31)}"}`), []);
  assert.deepEqual(found(`{"encrypted_content":"${blob("a")}`), []);
  assert.deepEqual(found('{"encrypted_content"'), []);
  assert.deepEqual(found('"encrypted_content"'), []);
  assert.deepEqual(found(""), []);
});
