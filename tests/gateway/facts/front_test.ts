import assert from "node:assert/strict";
import { errorBodyFor, frontOf } from "../../../src/gateway/facts/front.ts";

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

Deno.test("an error is told in the path's own format, and in OpenAI's where it has none", () => {
  const error = { status: 404, code: "not_found", message: "nothing here", requestId: "r" };
  for (const path of ["/v1/responses", "/v1/models", "/nowhere"]) {
    assert.equal(JSON.parse(errorBodyFor("POST", path, error)).error.message, "nothing here");
  }
});
