import assert from "node:assert/strict";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { objectReferences } from "../../../src/gateway/facts/object_references.ts";

function references(text: string, topLevel: readonly string[] = []): string[] {
  const bytes = new TextEncoder().encode(text);
  return objectReferences(bytes, [...scanTopLevel(bytes, topLevel).members.values()]);
}

Deno.test("ids at the top and at any depth are found", () => {
  assert.deepEqual(references('{"previous_response_id":"resp_1"}', ["previous_response_id"]), ["resp_1"]);
  assert.deepEqual(
    references('{"a":[{"file":{"file_id":"file-1"}}],"t":[{"vector_store_ids":["vs_1","vs_2"]}]}'),
    [
      ...["file-1", "vs_1", "vs_2"],
    ],
  );
});

Deno.test("a name hidden by escapes is found all the same", () => {
  assert.deepEqual(references('{"a":{"\\u0066ile_id":"file-1"}}'), ["file-1"]);
  assert.deepEqual(references('{"a":{"file\\u005Fid":"file-1"}}'), ["file-1"]);
  assert.deepEqual(references('{"x":{"file_i\\\\":1},"a":{"file_i\\u0064":"file-1"}}'), ["file-1"]);
  assert.deepEqual(references('{"a":{"file_i\\\\u0064":"file-1"}}'), []);
});

Deno.test("words that are no ids are left alone", () => {
  const tool =
    '{"tools":[{"parameters":{"properties":{"file_id":{"type":"string"}},"required":["file_id"]}}]}';
  assert.deepEqual(references(tool), []);
  assert.deepEqual(
    references('{"messages":[{"content":"the \\"file_id\\" is file-1, \\u00e9\\u4e2d"}]}'),
    [],
  );
  assert.deepEqual(references('{"file_id":null,"file_ids":[1,null]}'), []);
});
