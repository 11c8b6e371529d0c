import assert from "node:assert/strict";
import { toolInput } from "../../../src/formats/translation/tool_input.ts";

Deno.test("arguments that are no object are kept, and none are an empty object", () => {
  assert.deepEqual(toolInput(""), {});
  assert.deepEqual(toolInput(' {"a":1}'), { a: 1 });
  assert.deepEqual(toolInput("[1]"), { ["_raw"]: "[1]" });
  assert.deepEqual(toolInput('{"cut'), { ["_raw"]: '{"cut' });
});

Deno.test("arguments too deep to be written again are kept as their text", () => {
  const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  assert.deepEqual(toolInput(deep), { ["_raw"]: deep });
});
