import assert from "node:assert/strict";
import fc from "fast-check";
import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject } from "../../../src/core/bytes/exact_json.ts";
import { geminiEmbeddings } from "../../../src/formats/gemini/gemini_embeddings.ts";
import { answerContext, received, writeContext } from "../../support/translation/translate.ts";

const side = geminiEmbeddings.embeddings;
const MODEL = "gemini-embedding-001";
const read = (body: JsonObject) => side.readRequest(received(body, "", MODEL));
const one = (text: string, rest: JsonObject = {}) => ({
  model: `models/${MODEL}`,
  content: { parts: [{ text }] },
  ...rest,
});

Deno.test("one text and many come back as they were, with their settings", () => {
  const settings = fc.record({
    taskType: fc.constantFrom("RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT"),
    title: fc.string(),
    outputDimensionality: fc.integer({ min: 1, max: 3072 }),
    autoTruncate: fc.boolean(),
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
      settings,
      fc.boolean(),
      (texts, rest, single) => {
        const body = single ? one(texts[0] ?? "", rest) : { requests: texts.map((text) => one(text, rest)) };
        const written = side.writeRequest(read(body), writeContext(MODEL));
        assert.deepEqual(JSON.parse(JSON.stringify(written.body)), JSON.parse(JSON.stringify(body)));
        assert.equal(
          written.path,
          `/v1beta/models/${MODEL}:${single ? "embedContent" : "batchEmbedContents"}`,
        );
      },
    ),
  );
});

Deno.test("what cannot be one request for all is refused by name", () => {
  const param = (body: JsonObject) => {
    try {
      read(body);
    } catch (error) {
      return error instanceof GatewayError ? `${error.code} ${error.detail.param}` : String(error);
    }
    return undefined;
  };
  assert.equal(param({}), "invalid_body requests");
  assert.equal(param({ content: {} }), "invalid_body content");
  assert.equal(
    param({ content: { parts: [{ text: "a" }, { text: "b" }] } }),
    "not_translatable content.parts",
  );
  assert.equal(param({ content: { parts: [{ inlineData: {} }] } }), "not_translatable content.parts");
  assert.equal(param({ requests: [one("a"), one("b", { title: "t" })] }), "not_translatable requests[1]");
});

Deno.test("vectors come back in order, for one text under embedding, for many under embeddings", () => {
  const many = {
    embeddings: [{ values: [0.1, -2] }, { values: [1] }],
    usageMetadata: { promptTokenCount: 5 },
  };
  const answer = side.readAnswer(many);
  assert.deepEqual(answer, { model: undefined, vectors: [[0.1, -2], [1]], inputTokens: 5 });
  assert.deepEqual(
    side.writeAnswer(answer, answerContext(read({ requests: [one("a"), one("b")] }), MODEL)),
    many,
  );
  const single = side.readAnswer({ embedding: { values: [3], statistics: { tokenCount: 2 } } });
  assert.deepEqual(single, { model: undefined, vectors: [[3]], inputTokens: 2 });
  assert.deepEqual(side.writeAnswer(single, answerContext(read(one("a")), MODEL)), {
    embedding: { values: [3] },
    usageMetadata: { promptTokenCount: 2 },
  });
  assert.deepEqual(side.readAnswer({}).vectors, []);
});

Deno.test("the end user's name is dropped, and told", () => {
  const context = writeContext(MODEL);
  side.writeRequest({ model: "m", inputs: ["a"], single: true, encoding: "base64", user: "u" }, context);
  assert.deepEqual(context.losses.dropped, ["user"]);
});
