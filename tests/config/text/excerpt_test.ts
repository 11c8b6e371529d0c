import assert from "node:assert/strict";
import { configJsonSchema } from "../../../src/config/json_schema.ts";
import { Document } from "../../../src/config/text/document.ts";
import { Excerpt } from "../../../src/config/text/excerpt.ts";
import { Source } from "../../../src/config/text/source.ts";

/** A text that must never be shown. */
const CANARY = "sk-CANARY0123456789abcdef";

function show(text: string, at: string): string {
  const offset = text.indexOf(at);
  return new Excerpt(new Source(text), Document.of(text).readable).show({ offset, length: at.length });
}

Deno.test("excerpt: carets stand under what is meant", () => {
  const shown = show('{\n  "provder": "openai",\n}', '"provder"');
  assert.equal(shown, '    2 |   "provder": ***,\n      |   ^^^^^^^^^');
});

Deno.test("excerpt: carets follow when a mask before them is shorter than its secret", () => {
  const shown = show(`{ "keys": ["${CANARY}"], "wieght": 2 }`, '"wieght"');
  assert.equal(shown, '    1 | { "keys": [***], "wieght": *** }\n      |                  ^^^^^^^^');
});

Deno.test("excerpt: no secret is shown, wherever it stands and however broken the text", () => {
  const texts = [
    `{ "keys": ["${CANARY}"], "at": 1 }`,
    `{ "keys": ["${CANARY}], "at": 1 }`,
    `{ "keys": [${CANARY}], "at": 1 }`,
    `{ "keys": ['${CANARY}'], "at": 1 }`,
    `{ keys: ["${CANARY}"], "at": 1 }`,
    `{ "keys: ["${CANARY}"], "at": 1 }`,
    `{ "keys": [{ "key": "${CANARY}" }], "at": 1 }`,
    `{ "keys": [{ "${CANARY}": 1 }], "at": 1 }`,
    `{ "${CANARY}": 1, "at": 1 }`,
    `{ "note": "${CANARY}", "at": 1 }`,
    `{ "at": 1 } // "${CANARY}"`,
    `{ "at": 1 /* ${CANARY} */ }`,
    `{ "at": 1, "url": "https://user:${CANARY}@host/v1" }`,
    `{ "at": 1, "keys": "${CANARY}" }`,
    `{ "at": 1, "key": "Bearer ${CANARY}" }`,
    `{ "at": 1, "name": "Bearer ${CANARY}" }`,
    `{ "at": 1, "keys": ["env:${CANARY}"] }`,
    `{ "keys": [[["${CANARY}"]]], "at": 1 }`,
    `{ "kyes": ["plainCANARY"], "at": 1 }`,
    `{ "url": "x", 'keys': ["plainCANARY"], "at": 1 }`,
    `{ "models": ["gpt-*", "keys" ["plainCANARY"], "at": 1 }`,
    `{ "keys": { "first": "plainCANARY" }, "at": 1 }`,
    `{ "keys": [{ "kye": "plainCANARY" }], "at": 1 }`,
    `{ "keys": { "first": "${CANARY}" }, "at": 1 }`,
  ];
  for (const text of texts) {
    const shown = show(text, '"at"');
    assert.doesNotMatch(shown, /CANARY|0123456789/, shown);
    assert.match(shown, /\^/);
  }
});

Deno.test("excerpt: numbers in the place of keys are masked, elsewhere shown", () => {
  assert.match(show('{ "keys": [1234567890123], "weight": 42 }', "42"), /\[\*\*\*\], "weight": 42/);
});

Deno.test("excerpt: the values of every member of the schema but keys, tokens and notes are shown", () => {
  const names = new Set<string>();
  JSON.stringify(configJsonSchema(), (_, value) => {
    for (const name of Object.keys(value?.properties ?? {})) names.add(name);
    return value;
  });
  assert.ok(names.size > 50, String(names.size));
  const hidden = [...names].filter((name) => show(`{ "${name}": "m", "max": 1 }`, '"max"').includes("***"));
  assert.deepEqual(hidden.sort(), ["key", "keys", "note", "token"]);
});

Deno.test("excerpt: references to secrets are shown, they are none", () => {
  const shown = show('{ "keys": ["env:OPENAI_API_KEY", "file:keys/openai.txt"] }', '"file:');
  assert.match(shown, /"env:OPENAI_API_KEY", "file:keys\/openai\.txt"/);
});

Deno.test("excerpt: a config on one line is shown around the caret only", () => {
  const text = `{ "models": [${'"m", '.repeat(5000)}"m"], "wieght": 2 }`;
  const lines = show(text, '"wieght"').split("\n");
  assert.ok(lines.every((line) => line.length <= 120), String(lines[0]?.length));
  assert.equal((lines[0] ?? "").slice((lines[1] ?? "").indexOf("^")).startsWith('"wieght"'), true);
});

Deno.test("excerpt: a place past the end of the text gets a caret all the same", () => {
  const shown = new Excerpt(new Source("{"), false).show({ offset: 1, length: 1 });
  assert.equal(shown, "    1 | {\n      |  ^");
});
