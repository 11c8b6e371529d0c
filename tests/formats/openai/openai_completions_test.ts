import assert from "node:assert/strict";
import { STREAM_SIGNS } from "../../../src/formats/format.ts";
import { openaiCompletions } from "../../../src/formats/openai/openai_completions.ts";
import { dataEvents, openaiFixture, readStream } from "../../support/read_stream.ts";
import { atOnce } from "../../../src/core/time/steps.ts";

Deno.test("text commits, an empty text does not, and the end is told as in chat", () => {
  const text = (value: string, finish: string | null = null) => ({
    choices: [{ index: 0, text: value, ["finish_reason"]: finish }],
  });
  assert.equal(readStream(openaiCompletions, dataEvents(text(""))).signs, 0);
  assert.equal(readStream(openaiCompletions, dataEvents(text("a"))).signs, STREAM_SIGNS.content);
  assert.equal(readStream(openaiCompletions, dataEvents(text("a"))).ended, false);
  assert.equal(readStream(openaiCompletions, dataEvents(text("a"), text("", "stop"))).ended, true);
});

Deno.test("texts and log probabilities are joined into the whole object", () => {
  const answer = atOnce(openaiCompletions.assemble(openaiFixture("synthetic_completions")));
  assert.deepEqual(JSON.parse(answer.body), {
    id: "cmpl-synthetic",
    object: "text_completion",
    created: 1767225600,
    model: "gpt-3.5-synthetic",
    choices: [{
      text: "One two",
      index: 0,
      logprobs: {
        tokens: ["One", " two"],
        token_logprobs: [-0.5, -0.5],
        top_logprobs: [null, null],
        text_offset: [0, 3],
      },
      finish_reason: "length",
    }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
  assert.deepEqual(answer.usage, { inputTokens: 3, outputTokens: 2 });
  assert.equal(answer.finish, "length");
});

Deno.test("the facts of a whole answer are read", () => {
  const body =
    '{"model":"m","choices":[{"text":"a","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
  assert.deepEqual(openaiCompletions.readAnswer(new TextEncoder().encode(body)), {
    model: "m",
    finish: "stop",
    usage: { inputTokens: 1, outputTokens: 2 },
  });
});
