import assert from "node:assert/strict";
import type { HeaderFields } from "../../src/core/exchange.ts";
import { Secret } from "../../src/core/secret.ts";
import { anthropic } from "../../src/providers/anthropic.ts";

function sent(credential: string, headers: HeaderFields = {}) {
  anthropic.authorize(headers, new Secret(credential));
  return headers;
}

Deno.test("a key goes as x-api-key, a subscription's token as Bearer", () => {
  assert.deepEqual(sent("sk-ant-api03-x"), {
    "x-api-key": "sk-ant-api03-x",
    "anthropic-version": "2023-06-01",
  });
  assert.deepEqual(sent("sk-ant-oat01-x"), {
    "authorization": "Bearer sk-ant-oat01-x",
    "anthropic-version": "2023-06-01",
  });
});

Deno.test("the client's own version is never changed", () => {
  assert.equal(sent("k", { "anthropic-version": "2026-10-21" })["anthropic-version"], "2026-10-21");
});

Deno.test("the base URL may be bare, versioned, a prefix or a complete endpoint", () => {
  const joints = [
    ["https://api.anthropic.com", "/v1/messages", "https://api.anthropic.com/v1/messages"],
    [
      "https://api.anthropic.com/v1",
      "/v1/messages/count_tokens",
      "https://api.anthropic.com/v1/messages/count_tokens",
    ],
    ["https://api.deepseek.com/anthropic", "/v1/messages", "https://api.deepseek.com/anthropic/v1/messages"],
    ["https://host/v1/messages", "/v1/messages", "https://host/v1/messages"],
    ["https://host/v1/messages", "/v1/models", "https://host/v1/models"],
  ] as const;
  for (const [base, path, expected] of joints) assert.equal(anthropic.url(base, path), expected);
});
