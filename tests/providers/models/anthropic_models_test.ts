import assert from "node:assert/strict";
import { anthropicModels } from "../../../src/providers/models/anthropic_models.ts";

Deno.test("a page tells its models with their windows, and where the next begins", () => {
  const page = {
    data: [{
      id: "claude-sonnet-4-5",
      type: "model",
      "display_name": "Claude Sonnet 4.5",
      "max_input_tokens": 200000,
      "max_tokens": 64000,
    }],
    "has_more": true,
    "first_id": "claude-sonnet-4-5",
    "last_id": "claude sonnet&4",
  };
  assert.deepEqual(anthropicModels.read(page), {
    models: [{
      id: "claude-sonnet-4-5",
      displayName: "Claude Sonnet 4.5",
      contextWindow: 200000,
      maxOutputTokens: 64000,
    }],
    next: "limit=1000&after_id=claude%20sonnet%264",
  });
  assert.equal(anthropicModels.read({ ...page, "has_more": false }).next, undefined);
});
