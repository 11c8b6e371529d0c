import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { openaiOther } from "../../../src/formats/openai/openai_other.ts";
import { dataEvents, openaiFixture, readStream } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("images, audio and moderation run a model; all else is the account's, also the unknown", () => {
  for (
    const path of [
      "/v1/moderations",
      "/v1/images/generations",
      "/v1/images/edits",
      "/v1/images/variations",
      "/v1/audio/speech",
      "/v1/audio/transcriptions",
      "/v1/audio/translations",
    ]
  ) {
    assert.equal(openaiOther.grant("POST", path), "inference", path);
    assert.equal(openaiOther.grant("GET", path), "account", path);
  }
  for (
    const path of [
      "/v1/files",
      "/v1/batches",
      "/v1/uploads/u/parts",
      "/v1/vector_stores",
      "/v1/fine_tuning/jobs",
      "/v1/assistants",
      "/v1/organization/users",
      "/v1/audio/voices",
      "/v1/images/generations/",
      "/v1/images/../files",
      "/v1/Moderations",
      "/v1/never_heard_of",
      "/v1/",
    ]
  ) {
    assert.equal(openaiOther.grant("POST", path), "account", path);
  }
});

Deno.test("any event is content and any clean end is the end, unless an error was told", () => {
  const { content, end, error, malformed } = STREAM_SIGNS;
  const read = (...events: unknown[]) => {
    const { signs, ended } = readStream(openaiOther, dataEvents(...events));
    return [signs, ended];
  };
  assert.deepEqual(read(), [0, true]);
  assert.deepEqual(read(""), [0, true]);
  assert.deepEqual(read({ type: "speech.audio.delta", audio: "AAAA" }), [content, true]);
  assert.deepEqual(read({ delta: "x" }, "[DONE]"), [content | end, true]);
  assert.deepEqual(read("not JSON"), [content | malformed, true]);
  assert.deepEqual(read({ delta: "x" }, { error: { message: "m" } }), [content | error, false]);
  assert.deepEqual(read({ type: "error", message: "m" }), [error, false]);
  assert.deepEqual(read({ note: "error" }), [content, true]);
});

Deno.test("a stream of unknown events is kept as the list of them", () => {
  const answer = atOnce(openaiOther.assemble(openaiFixture("synthetic_transcription")));
  assert.deepEqual(JSON.parse(answer.body).map((event: { type: string }) => event.type), [
    "transcript.text.delta",
    "transcript.text.done",
  ]);
  assert.deepEqual(answer.usage, { inputTokens: 14, outputTokens: 2 });
  assert.equal(atOnce(openaiOther.assemble(dataEvents('{"n":1.0}', "[DONE]", "broken"))).body, '[{"n":1.0}]');
});

Deno.test("usage by the second is no token count", () => {
  const body = '{"text":"hi","usage":{"type":"duration","seconds":4}}';
  assert.deepEqual(openaiOther.readAnswer(encode(body)), {});
});
