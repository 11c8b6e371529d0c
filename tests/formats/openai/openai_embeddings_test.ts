import assert from "node:assert/strict";
import { openaiEmbeddings } from "../../../src/formats/openai/openai_embeddings.ts";

Deno.test("usage is read past the vectors, and embeddings have no output tokens", () => {
  const vector = Array.from({ length: 1536 }, (_, i) => i / 7).join(",");
  const body =
    `{"object":"list","data":[{"embedding":[${vector}]}],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}`;
  assert.deepEqual(openaiEmbeddings.readAnswer(new TextEncoder().encode(body)), {
    model: "m",
    usage: { inputTokens: 8, outputTokens: 0 },
  });
});

Deno.test("embeddings run a model", () => {
  assert.equal(openaiEmbeddings.grant, "inference");
});
