import assert from "node:assert/strict";
import { scanTopLevel } from "../../../src/core/bytes/json_span.ts";
import { ESTIMATE_MEMBERS, requestEstimate } from "../../../src/gateway/facts/request_estimate.ts";

function estimateOf(body: string) {
  const bytes = new TextEncoder().encode(body);
  const { members } = scanTopLevel(bytes, [], ESTIMATE_MEMBERS);
  return requestEstimate(bytes.length, { bytes, members });
}

Deno.test("a token is four bytes of the body, and an answer without a maximum is 1,000 tokens", () => {
  const body = `{"model":"m","input":"${"x".repeat(974)}"}`;
  assert.deepEqual(estimateOf(body), { requests: 1, inputTokens: 250, outputTokens: 1_000 });
});

Deno.test("the asked-for maximum counts in each spelling, the newer before the older, times the answers", () => {
  assert.equal(estimateOf('{"max_tokens":50}').outputTokens, 50);
  assert.equal(estimateOf('{"max_output_tokens":60}').outputTokens, 60);
  assert.equal(estimateOf('{"max_tokens":50,"max_completion_tokens":70}').outputTokens, 70);
  assert.equal(estimateOf('{"max_tokens":50,"n":3}').outputTokens, 150);
  assert.equal(estimateOf('{"n":2}').outputTokens, 2_000);
});

Deno.test("a maximum that is no sound number is as good as none", () => {
  for (const odd of ["null", '"50"', "0", "-1", "0.5", "[50]", "{}", "true"]) {
    assert.equal(estimateOf(`{"max_tokens":${odd}}`).outputTokens, 1_000, odd);
  }
  assert.equal(estimateOf('{"max_tokens":1e400,"n":1e9}').outputTokens, 10_000_000 * 128);
});

Deno.test("hints that stand twice are not refused: the last counts, as for the vendor's parser", () => {
  assert.equal(estimateOf('{"max_tokens":5,"max_tokens":9}').outputTokens, 9);
  assert.equal(estimateOf('{"max_tokens":5,"Max_Tokens":9}').outputTokens, 5);
  assert.equal(estimateOf('{"m\\u0061x_tokens":5}').outputTokens, 5);
});

Deno.test("the size of a body beyond any context is no measure of its tokens", () => {
  assert.equal(requestEstimate(64 * 1024 * 1024).inputTokens, 1_000_000);
});
