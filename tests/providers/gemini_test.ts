import assert from "node:assert/strict";
import { gemini } from "../../src/providers/gemini.ts";

const HOST = "https://generativelanguage.googleapis.com";

Deno.test("the version is taken once: the base URL's where it has one, else the request's", () => {
  const joints = [
    [HOST, "/v1beta/models/gemini-2.5-pro:generateContent", "/v1beta/models/gemini-2.5-pro:generateContent"],
    [HOST, "/v1/models/m:countTokens", "/v1/models/m:countTokens"],
    [`${HOST}/v1beta`, "/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"],
    [`${HOST}/v1beta/`, "/v1/models/m:generateContent", "/v1beta/models/m:generateContent"],
    [`${HOST}/v1`, "/v1beta/models", "/v1/models"],
    [`${HOST}/v1`, "/v1alpha/models", "/v1/models"],
    [`${HOST}/v1beta`, "/upload/v1beta/files", "/upload/v1beta/files"],
    [`${HOST}/v1beta`, "/v1beta/tunedModels/t:generateContent", "/v1beta/tunedModels/t:generateContent"],
    [`${HOST}/v1beta`, "/v1beta2/x", "/v1beta/v1beta2/x"],
  ] as const;
  for (const [base, path, expected] of joints) {
    assert.equal(gemini.url(base, path), HOST + expected, base + path);
  }
  assert.equal(gemini.url("https://v1", "/v1beta/models"), "https://v1/v1beta/models", "a host of that name");
});
