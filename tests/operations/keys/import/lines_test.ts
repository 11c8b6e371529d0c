import assert from "node:assert/strict";
import fc from "fast-check";
import { type Line, linesOf, MAX_LINE_LENGTH } from "../../../../src/operations/keys/import/lines.ts";

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
  await Promise.resolve();
}

async function read(text: string, sizes: readonly number[]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const some of linesOf(pieces(new TextEncoder().encode(text), sizes))) lines.push(...some);
  return lines;
}

Deno.test("lines are the same however the bytes are cut, letters of several bytes too", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\n", "")), {
      minLength: 1,
    }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    async (texts, sizes) => {
      const clean = texts.map((text) => text.replaceAll("\uFEFF", "").toWellFormed());
      const expected = clean.at(-1) === "" ? clean.slice(0, -1) : clean;
      const lines = await read(clean.join("\n"), sizes);
      assert.deepEqual(lines.map(({ text }) => text), expected);
      assert.deepEqual(lines.map(({ number }) => number), expected.map((_, at) => at + 1));
    },
  ));
});

Deno.test("a line without an end is not kept in memory, and those after it are read", async () => {
  const lines = await read(`one\n${"x".repeat(MAX_LINE_LENGTH * 3)}\nthree`, [1_000]);
  assert.deepEqual(lines.map(({ text }) => text), ["one", undefined, "three"]);
});
