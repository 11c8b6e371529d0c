import assert from "node:assert/strict";
import { Source } from "../../../src/config/text/source.ts";

Deno.test("source: lines and columns count from 1, whatever the line breaks", () => {
  const source = new Source("ab\r\ncd\n\nef");
  assert.deepEqual(source.position(0), { line: 1, column: 1 });
  assert.deepEqual(source.position(5), { line: 2, column: 2 });
  assert.deepEqual(source.position(7), { line: 3, column: 1 });
  assert.deepEqual(source.position(9), { line: 4, column: 2 });
  assert.deepEqual(source.line(1), { start: 0, end: 2 });
  assert.deepEqual(source.line(3), { start: 7, end: 7 });
  assert.deepEqual(source.line(4), { start: 8, end: 10 });
});
