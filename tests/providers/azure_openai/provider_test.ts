import assert from "node:assert/strict";
import type { HeaderFields } from "../../../src/core/exchange.ts";
import { Secret } from "../../../src/core/secret.ts";
import { azureOpenai } from "../../../src/providers/azure_openai/provider.ts";

Deno.test("a key goes as api-key, a token of Entra as Bearer", () => {
  const sent = (credential: string) => {
    const headers: HeaderFields = {};
    azureOpenai.authorize(headers, new Secret(credential));
    return headers;
  };
  assert.deepEqual(sent("0123456789abcdef"), { "api-key": "0123456789abcdef" });
  assert.deepEqual(sent("eyJ0eXAiOiJKV1Qi.eyJhdWQi.c2ln"), {
    authorization: "Bearer eyJ0eXAiOiJKV1Qi.eyJhdWQi.c2ln",
  });
  assert.deepEqual(sent("eyes-only-key"), { "api-key": "eyes-only-key" });
});
