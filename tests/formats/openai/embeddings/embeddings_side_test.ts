import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../../src/core/bytes/exact_json.ts";
import { GatewayError } from "../../../../src/core/errors.ts";
import { embeddingsSide } from "../../../../src/formats/openai/embeddings/embeddings_side.ts";
import { answering, asWritten, received, writing } from "../../../support/translation/chat_sides.ts";

const read = (members: JsonObject) => embeddingsSide.readRequest(received({ model: "m", ...members }));

Deno.test("requests come back as they were, but for the default encoding", () => {
  const bodies: readonly JsonObject[] = [
    { model: "m", input: "tide" },
    { model: "m", input: ["tide"] },
    { model: "m", input: ["tide", "ebb"], encoding_format: "base64", dimensions: 256, user: "u" },
    { model: "m", input: ["tide"], input_type: "query" },
  ];
  for (const body of bodies) {
    const { path, body: again } = embeddingsSide.writeRequest(read(body), writing().context);
    assert.deepEqual([path, asWritten(again)], ["/v1/embeddings", body]);
  }
  const plain = embeddingsSide.writeRequest(
    read({ input: "a", encoding_format: "float" }),
    writing().context,
  );
  assert.deepEqual(plain.body, { model: "m", input: "a" });
});

Deno.test("tokens and what is no text are refused, and the field is named", () => {
  const bad: readonly (readonly [string, JsonObject])[] = [
    ["input", { input: [1, 2] }],
    ["input", { input: [[1, 2]] }],
    ["input", {}],
    ["input", { input: [] }],
    ["input[1]", { input: ["a", null] }],
    ["encoding_format", { input: "a", encoding_format: "ubinary" }],
    ["dimensions", { input: "a", dimensions: "many" }],
  ];
  for (const [param, members] of bad) {
    assert.throws(() => read(members), (error) => {
      assert.ok(error instanceof GatewayError && error.code === "invalid_body");
      assert.equal(error.detail.param, param);
      return true;
    });
  }
});

Deno.test("what the vectors are for is told as dropped: OpenAI has no word for it", () => {
  const { context, dropped } = writing();
  embeddingsSide.writeRequest({ ...read({ input: "a" }), task: "RETRIEVAL_DOCUMENT", title: "t" }, context);
  assert.deepEqual([...dropped], ["embeddingTask", "embeddingTask:title"]);
});

Deno.test("vectors go in the encoding asked for, and are read in both, in the order of the texts", () => {
  const vectors = [[0.5, -1.25], [0, 3]];
  const answer = { model: "up", vectors, inputTokens: 4 };
  for (const encoding of ["float", "base64"]) {
    const asked = read({ input: ["a", "b"], encoding_format: encoding });
    const written = asWritten(embeddingsSide.writeAnswer(answer, answering(asked)));
    assert.deepEqual([written.object, written.model, written.usage], [
      "list",
      "asked-model",
      { prompt_tokens: 4, total_tokens: 4 },
    ]);
    const data = written.data as JsonObject[];
    if (encoding === "base64") assert.equal(data[0]?.embedding, "AAAAPwAAoL8=");
    const back = embeddingsSide.readAnswer({ ...written, data: [...data].reverse() });
    assert.deepEqual(back, { model: "asked-model", vectors, inputTokens: 4 });
  }
});

Deno.test("any vector of single precision survives base64", () => {
  const vector = fc.array(fc.float({ noNaN: true }), { maxLength: 40 });
  fc.assert(fc.property(vector, (values) => {
    const asked = read({ input: "a", encoding_format: "base64" });
    const written = embeddingsSide.writeAnswer({ model: "m", vectors: [values] }, answering(asked));
    assert.deepEqual(embeddingsSide.readAnswer(written).vectors, [values]);
  }));
});

Deno.test("an odd answer is read as far as it goes", () => {
  for (const data of [undefined, {}, [null, 1], [{ embedding: {} }]]) {
    const { vectors } = embeddingsSide.readAnswer({ data, usage: 7, model: null });
    assert.ok(vectors.every((vector) => vector.length === 0));
  }
});
