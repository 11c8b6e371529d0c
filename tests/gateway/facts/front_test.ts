import assert from "node:assert/strict";
import { errorAnswerFor, frontOf } from "../../../src/gateway/facts/front.ts";

/** `format/class` of a path, or what it is instead. */
function frontText(method: string, path: string): string {
  const front = frontOf(method, path);
  if (front === undefined) return "nothing";
  if (front.kind === "models") return `models ${front.id ?? "all"}`;
  const shape = `${front.format.type}/${front.pathClass}`;
  return front.kind === "proxy"
    ? `proxy ${front.name} ${front.path} ${front.isOpaque ? "opaque" : shape}`
    : shape;
}

Deno.test("a path finds its format, the special before the general", () => {
  const rows: [string, string][] = [
    ["POST /v1/chat/completions", "openai_chat/inference"],
    ["GET /v1/chat/completions", "openai_chat/account"],
    ["GET /v1/chat/completions/chatcmpl-1/messages", "openai_chat/account"],
    ["POST /v1/responses", "openai_responses/inference"],
    ["POST /v1/responses/input_tokens", "openai_responses/inference"],
    ["GET /v1/responses/resp_1", "openai_responses/account"],
    ["POST /v1/embeddings", "openai_embeddings/inference"],
    ["POST /v1/completions", "openai_completions/inference"],
    ["POST /v1/images/edits", "openai_other/inference"],
    ["POST /v1/audio/speech", "openai_other/inference"],
    ["POST /v1/moderations", "openai_other/inference"],
    ["POST /v1/files", "openai_other/account"],
    ["GET /v1/batches/batch_1", "openai_other/account"],
    ["DELETE /v1/models/ft:gpt", "openai_other/account"],
    ["GET /v1/whatever", "openai_other/account"],
    ["GET /v1/models", "models all"],
    ["GET /v1/models/vendor%2Fname", "models vendor/name"],
    ["GET /v1/models/vendor/name", "models vendor/name"],
    ["POST /proxy/local/v1/chat/completions", "proxy local /v1/chat/completions openai_chat/inference"],
    ["POST /proxy/local/rerank", "proxy local /rerank opaque"],
    ["GET /proxy/local", "proxy local / opaque"],
    ["GET /proxy/", "nothing"],
    ["GET /v2/x", "nothing"],
  ];
  for (const [request, expected] of rows) {
    const [method = "", path = ""] = request.split(" ");
    assert.equal(frontText(method, path), expected, request);
  }
});

/** What names the vendor where the path does not. */
const SIGNS = {
  anthropic: { headers: { "anthropic-version": "2023-06-01", authorization: "Bearer k" }, query: "" },
  gemini: { headers: { "x-goog-api-key": "k" }, query: "" },
  geminiQuery: { headers: {}, query: "alt=sse&key=k" },
  azure: { headers: { "api-key": "k" }, query: "api-version=2024-10-21" },
} as const;

Deno.test("Azure's layout and explicit prefixes lead to the same formats, the deployment being the model", () => {
  const rows = [
    ["/openai/deployments/my%20gpt/chat/completions", "openai_chat", "/v1/chat/completions", "my gpt"],
    ["/openai/deployments/emb/embeddings", "openai_embeddings", "/v1/embeddings", "emb"],
    ["/openai/responses", "openai_responses", "/v1/responses", undefined],
    ["/openai/v1/responses", "openai_responses", "/v1/responses", undefined],
    ["/openai/v1/chat/completions", "openai_chat", "/v1/chat/completions", undefined],
    ["/openai/files", "openai_other", "/v1/files", undefined],
    ["/azure/openai/deployments/d/completions", "openai_completions", "/v1/completions", "d"],
    ["/azure/v1/chat/completions", "openai_chat", "/v1/chat/completions", undefined],
  ] as const;
  for (const [path, type, plain, model] of rows) {
    const front = frontOf("POST", path);
    assert.ok(front?.kind === "format", path);
    assert.deepEqual([front.format.type, front.path, front.named?.model], [type, plain, model], path);
  }
});

Deno.test("a list of models is spelt as the client's SDK expects it", () => {
  const rows = [
    ["/v1/models", undefined, "openai"],
    ["/v1/models", SIGNS.anthropic, "anthropic"],
    ["/v1/models", SIGNS.gemini, "gemini"],
    ["/v1/models", SIGNS.geminiQuery, "gemini"],
    ["/v1/models", SIGNS.azure, "azure"],
    ["/v1beta/models", undefined, "gemini"],
    ["/v1beta/models/x", SIGNS.anthropic, "gemini"],
    ["/anthropic/v1/models", undefined, "anthropic"],
    ["/gemini/v1beta/models", undefined, "gemini"],
    ["/openai/models", undefined, "azure"],
  ] as const;
  for (const [path, hints, dialect] of rows) {
    const front = frontOf("GET", path, hints);
    assert.ok(front?.kind === "models", path);
    assert.equal(front.dialect, dialect, path);
  }
});

Deno.test("an error is told in the path's own format, and in OpenAI's where it has none", () => {
  const error = { status: 404, code: "not_found", message: "nothing here", requestId: "r" };
  for (const path of ["/v1/responses", "/v1/models", "/nowhere"]) {
    assert.equal(
      JSON.parse(errorAnswerFor({ method: "POST", path }, error).body).error.message,
      "nothing here",
    );
  }
});

Deno.test("a verb behind a model's name is Gemini's, whatever else the request carries", () => {
  const rows = [
    ["/v1beta/models/gemini-3:generateContent", "gemini_generate", "gemini-3", false],
    ["/v1/models/gemini-3:streamGenerateContent", "gemini_generate", "gemini-3", true],
    ["/v1alpha/models/vendor%2Fname:countTokens", "gemini_count_tokens", "vendor/name", false],
    ["/gemini/v1beta/models/e:batchEmbedContents", "gemini_embeddings", "e", false],
    ["/v1beta/tunedModels/t:generateContent", "gemini_generate", "tunedModels/t", false],
  ] as const;
  for (const [path, type, model, stream] of rows) {
    const front = frontOf("POST", path, SIGNS.anthropic);
    assert.ok(front?.kind === "format", path);
    assert.deepEqual([front.format.type, front.named], [type, { model, stream }], path);
  }
});

Deno.test("what belongs to an account goes to the vendor whose SDK asks", () => {
  const type = (path: string, hints?: Parameters<typeof frontOf>[2]) => {
    const front = frontOf("GET", path, hints);
    return front?.kind === "format" ? front.format.type : front?.kind;
  };
  assert.equal(type("/v1/files"), "openai_other");
  assert.equal(type("/v1/files", SIGNS.gemini), "gemini_other");
  assert.equal(type("/v1beta/files/abc"), "gemini_other");
  assert.equal(type("/v1/batches/b", SIGNS.azure), "openai_other");
});
