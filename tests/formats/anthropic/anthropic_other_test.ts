import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { anthropicCountTokens } from "../../../src/formats/anthropic/anthropic_count_tokens.ts";
import { anthropicOther } from "../../../src/formats/anthropic/anthropic_other.ts";
import { namedEvents, readStream } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("the old completions run a model; batches and skills are the account's", () => {
  assert.equal(anthropicOther.grant("POST", "/v1/complete"), "inference");
  for (
    const path of ["/v1/messages/batches", "/v1/messages/batches/b/results", "/v1/skills", "/v1/skills/s"]
  ) {
    assert.equal(anthropicOther.grant("POST", path), "account", path);
    assert.equal(anthropicOther.grant("GET", path), "account", path);
  }
  assert.equal(anthropicCountTokens.grant, "inference");
});

Deno.test("any event but a ping is content and any clean end is the end, unless an error was told", () => {
  const { content, error, malformed } = STREAM_SIGNS;
  const read = (bytes: Uint8Array) => {
    const { signs, ended } = readStream(anthropicOther, bytes);
    return [signs, ended];
  };
  assert.deepEqual(read(namedEvents({ type: "ping" })), [0, true]);
  assert.deepEqual(read(namedEvents({ type: "completion" })), [content, true]);
  assert.deepEqual(read(encode("data: not JSON\n\n")), [content | malformed, true]);
  assert.deepEqual(read(namedEvents({ type: "completion" }, { type: "error" })), [content | error, false]);
});

Deno.test("a stream of the old completions is kept as the list of its events, without pings", () => {
  const last = {
    type: "completion",
    completion: " six",
    ["stop_reason"]: "stop_sequence",
    model: "claude-2.1",
  };
  const answer = atOnce(anthropicOther.assemble(namedEvents({ type: "ping" }, { type: "completion" }, last)));
  assert.deepEqual(JSON.parse(answer.body), [{ type: "completion" }, last]);
  assert.deepEqual([answer.model, answer.finish], ["claude-2.1", "stop_sequence"]);
});

Deno.test("a count of tokens is no usage: nothing was spent", () => {
  assert.deepEqual(anthropicCountTokens.readAnswer(encode('{"input_tokens":42}')), {});
});
