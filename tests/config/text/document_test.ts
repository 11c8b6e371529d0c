import assert from "node:assert/strict";
import { Document } from "../../../src/config/text/document.ts";

Deno.test("document: comments, trailing commas and a byte order mark are read", () => {
  const document = Document.of('\uFEFF{ // a\n "b": [1, 2,], /* c */ "d": { "e": null, }, }');
  assert.deepEqual(document.problems, []);
  assert.deepEqual(document.value, { b: [1, 2], d: { e: null } });
});

Deno.test("document: x- members are left out at every level", () => {
  const document = Document.of('{ "x-a": 1, "b": [{ "x-c": {}, "d": 1 }] }');
  assert.deepEqual(document.value, { b: [{ d: 1 }] });
});

Deno.test("document: a member that comes twice is a problem where it comes again", () => {
  const { problems, source } = Document.of('{ "a": 1,\n  "a": 2 }');
  assert.equal(problems.length, 1);
  assert.deepEqual(source.position(problems[0]?.offset ?? 0), { line: 2, column: 3 });
});

Deno.test("document: a member named __proto__ stays a plain member", () => {
  const { value } = Document.of('{ "__proto__": { "polluted": true } }');
  assert.equal(Object.hasOwn(value as object, "__proto__"), true); // as: the text above is an object
  assert.equal("polluted" in {}, false);
});

Deno.test("document: broken texts are unreadable and say where", () => {
  const rows: [string, number, number][] = [
    ["", 1, 1],
    ["{", 1, 2],
    ['{ "a": }', 1, 8],
    ['{ "a": 1', 1, 9],
    ['{\n  "a": "b\n}', 2, 8],
    ['{ "a" 1 }', 1, 7],
    ["{ a: 1 }", 1, 3],
    ["{} {}", 1, 4],
    ["nonsense", 1, 1],
  ];
  for (const [text, line, column] of rows) {
    const { readable, problems, source } = Document.of(text);
    assert.equal(readable, false, text);
    assert.deepEqual(source.position(problems[0]?.offset ?? -1), { line, column }, text);
  }
});

Deno.test("document: a missing comma does not hide what follows", () => {
  const { readable, problems, value } = Document.of('{ "a": 1 "b": 2 }');
  assert.equal(readable, true);
  assert.equal(problems.length, 1);
  assert.deepEqual(value, { a: 1, b: 2 });
});

Deno.test("document: nesting without end is refused before a recursive parser sees it", () => {
  const { readable, problems } = Document.of("[".repeat(200_000));
  assert.equal(readable, false);
  assert.match(problems[0]?.message ?? "", /nested more than 64 levels/);
});

Deno.test("document: a text past 16 MB is refused unread", () => {
  const { readable, problems } = Document.of(`"${"x".repeat(16 * 1024 * 1024)}"`);
  assert.equal(readable, false);
  assert.match(problems[0]?.message ?? "", /larger than 16 MB/);
});
