import assert from "node:assert/strict";
import { openaiModels } from "../../../src/providers/models/openai_models.ts";

Deno.test("windows are read in every vendor's spelling", () => {
  const { models, next } = openaiModels.read({
    object: "list",
    data: [
      { id: "gpt-4o", object: "model", created: 1, owned_by: "openai" },
      { id: "llama-3.3-70b", context_window: 131072, max_completion_tokens: 32768 },
      {
        id: "anthropic/claude-sonnet-4",
        name: "Anthropic: Claude Sonnet 4",
        context_length: 200000,
        top_provider: { context_length: 200000, max_completion_tokens: 64000 },
      },
      { id: "qwen3", max_model_len: 40960 },
      { id: "mistral-large", max_context_length: 131072 },
      { id: "odd", context_window: "many", max_output_tokens: -1 },
    ],
  });
  assert.equal(next, undefined);
  assert.deepEqual(models, [
    { id: "gpt-4o" },
    { id: "llama-3.3-70b", contextWindow: 131072, maxOutputTokens: 32768 },
    {
      id: "anthropic/claude-sonnet-4",
      displayName: "Anthropic: Claude Sonnet 4",
      contextWindow: 200000,
      maxOutputTokens: 64000,
    },
    { id: "qwen3", contextWindow: 40960 },
    { id: "mistral-large", contextWindow: 131072 },
    { id: "odd" },
  ]);
});

Deno.test("a bare array is a list as well", () => {
  assert.deepEqual(openaiModels.read([{ id: "m" }]).models, [{ id: "m" }]);
});
