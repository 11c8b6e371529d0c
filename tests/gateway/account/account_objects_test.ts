import assert from "node:assert/strict";
import {
  filteredList,
  idsInAnswer,
  idsInPath,
  streamedResponseId,
} from "../../../src/gateway/account/account_objects.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

Deno.test("ids are what is no word of the API, so that a new path is refused until it is known", () => {
  assert.deepEqual(idsInPath("/v1/files"), []);
  assert.deepEqual(idsInPath("/v1/files/file-abc/content"), ["file-abc"]);
  assert.deepEqual(idsInPath("/v1/vector_stores/vs_1/files/file-2"), ["vs_1", "file-2"]);
  assert.deepEqual(idsInPath("/v1/fine_tuning/jobs/ftjob-1/events"), ["ftjob-1"]);
  assert.deepEqual(idsInPath("/v1/brand_new_thing"), ["brand_new_thing"]);
});

Deno.test("ids of an answer are found at its top level only", () => {
  const answer = bytes('{"id":"batch_1","output_file_id":"file-out","error_file_id":null,"x":{"id":"no"}}');
  assert.deepEqual(idsInAnswer(answer), ["batch_1", "file-out"]);
  assert.deepEqual(idsInAnswer(bytes("[1]")), []);
  assert.deepEqual(idsInAnswer(bytes("not json")), []);
});

Deno.test("a streamed response's id stands in its first event, however it is spaced", () => {
  const compact =
    'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1","x":1}}\n\n';
  assert.equal(streamedResponseId(bytes(compact)), "resp_1");
  assert.equal(streamedResponseId(bytes(compact.replaceAll(":", ": "))), "resp_1");
  assert.equal(streamedResponseId(bytes("data: {}\n\n")), undefined);
});

Deno.test("a list keeps only what may be shown, and pages by what is shown", async () => {
  const list = bytes(
    '{"object":"list","data":[{"id":"a","n":1},{"id":"b"},{"id":"c"}],"last_id":"c","has_more":true}',
  );
  const shown = JSON.parse(text(await filteredList(list, (id) => Promise.resolve(id !== "c"))));
  assert.deepEqual(shown, {
    object: "list",
    data: [{ id: "a", n: 1 }, { id: "b" }],
    last_id: "b",
    has_more: true,
  });
});

Deno.test("an answer that is no list is shown as an empty one", async () => {
  for (const odd of ["<html>", '{"secret":1}', '{"data":[{"name":"no id"}]}']) {
    const shown = JSON.parse(text(await filteredList(bytes(odd), () => Promise.resolve(true))));
    assert.deepEqual(shown.data, [], odd);
  }
});
