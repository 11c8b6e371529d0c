import assert from "node:assert/strict";
import { AzureOpenAI } from "openai";
import { CLIENTS } from "../../support/clients/clients.ts";
import { checkScenario, DIRECT } from "../../support/clients/expectations.ts";
import { runScenario } from "../../support/clients/run_scenario.ts";
import { until } from "../../support/until.ts";
import { PLAIN_TEXT, SCENARIOS } from "../../support/vendors/scenario.ts";
import { openaiChatVendor } from "../../support/vendors/openai_chat_vendor.ts";
import { type VendorKind, VENDORS } from "../../support/vendors/vendors.ts";

for (const client of CLIENTS) {
  const kind = VENDORS.find(({ format }) => format === client.format);
  for (const scenario of SCENARIOS) {
    Deno.test(`${client.name} SDK and its fake vendor agree: ${scenario}`, async () => {
      assert(kind !== undefined);
      await using vendor = await kind.start();
      const turns = await runScenario(
        client,
        { baseUrl: vendor.url, key: vendor.key, model: kind.model },
        scenario,
      );
      assert.deepEqual(vendor.refusals, []);
      checkScenario(scenario, turns, DIRECT);
      if (scenario === "abort") {
        await until(() => vendor.departures === 1, "the vendor sees the client leave");
      }
      if (scenario === "thinking" && client.format !== "openai_chat") {
        assert.match(turns[1]?.text ?? "", /Signature: returned/);
      }
    });
  }
}

Deno.test("the chat vendor speaks Azure's layout to Azure's client", async () => {
  await using vendor = await openaiChatVendor();
  const sdk = new AzureOpenAI({
    endpoint: vendor.url,
    apiKey: vendor.key,
    apiVersion: "2025-04-01-preview",
    deployment: "tides",
    maxRetries: 0,
  });
  const stream = sdk.chat.completions.stream({
    model: "",
    messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "How is the tide?" }],
  });
  assert.equal(await stream.finalContent(), PLAIN_TEXT);
  assert.equal(vendor.requests[0]?.path, "/openai/deployments/tides/chat/completions");
});

const USER = { role: "user", content: "Hi" };
const CALL = { id: "call_1", type: "function", function: { name: "tide_at", arguments: "{}" } };
const TOOL_USE = { type: "tool_use", id: "toolu_1", name: "tide_at", input: {} };
const GEMINI_USER = { role: "user", parts: [{ text: "Hi" }] };
const GEMINI_CALL = { role: "model", parts: [{ functionCall: { name: "tide_at", args: {} } }] };
const GEMINI_RESULT = {
  role: "user",
  parts: [{ functionResponse: { name: "tide_at", response: { result: "1" } } }],
};

/** Bodies that the real vendor refuses, by what its message says. */
const REFUSED: readonly (readonly [vendor: string, says: RegExp, body: object])[] = [
  ["openai chat", /Unrecognized request argument/, { messages: [USER], "top_k": 4 }],
  ["openai chat", /must be a response to a preceding/, {
    messages: [USER, { role: "tool", "tool_call_id": "call_1", content: "1" }],
  }],
  ["openai chat", /must be followed by tool messages/, {
    messages: [USER, { role: "assistant", content: null, "tool_calls": [CALL] }, USER],
  }],
  ["openai chat", /stream_options/, { messages: [USER], "stream_options": { "include_usage": true } }],
  ["openai chat", /max_tokens/, { model: "gpt-5.1", messages: [USER], "max_tokens": 5 }],
  ["openai responses", /Unknown parameter: 'stop'/, { input: "Hi", stop: ["x"] }],
  ["openai responses", /No tool call found/, {
    input: [USER, { type: "function_call_output", "call_id": "call_1", output: "1" }],
  }],
  ["openai responses", /begins with 'fc'/, {
    input: [USER, { type: "function_call", id: "call_1", "call_id": "call_1", name: "a", arguments: "{}" }],
  }],
  ["anthropic", /max_tokens: Field required/, { "max_tokens": undefined, messages: [USER] }],
  ["anthropic", /must be non-empty/, { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] }],
  ["anthropic", /temperature/, { messages: [USER], temperature: 1 }],
  ["anthropic", /without `tool_result` blocks/, {
    messages: [USER, { role: "assistant", content: [TOOL_USE] }, USER],
  }],
  ["anthropic", /prefill/, { messages: [USER, { role: "assistant", content: "Well," }] }],
  ["anthropic", /Expected `thinking`/, {
    thinking: { type: "adaptive" },
    messages: [USER, { role: "assistant", content: [TOOL_USE] }, {
      role: "user",
      content: [{ type: "tool_result", "tool_use_id": "toolu_1", content: "1" }],
    }],
  }],
  ["anthropic", /Extra inputs/, { messages: [USER], seed: 7 }],
  ["gemini", /Unknown name .*minP/, { contents: [GEMINI_USER], generationConfig: { minP: 4 } }],
  ["gemini", /Unknown name .*additionalProperties/, {
    contents: [GEMINI_USER],
    tools: [{
      functionDeclarations: [{ name: "a", parameters: { type: "object", additionalProperties: false } }],
    }],
  }],
  ["gemini", /missing a thought_signature/, { contents: [GEMINI_USER, GEMINI_CALL, GEMINI_RESULT] }],
  ["gemini", /number of function response parts/, {
    contents: [GEMINI_USER, { role: "model", parts: [{ text: "Hm" }] }, GEMINI_RESULT],
  }],
  ["gemini", /oneof/, { contents: [{ role: "user", parts: [{ text: "a", inlineData: {} }] }] }],
];

for (const [name, says, body] of REFUSED) {
  Deno.test(`the ${name} vendor refuses what the real one refuses: ${says.source}`, async () => {
    const kind = VENDORS.find((vendor) => vendor.name === name);
    assert(kind !== undefined);
    await using vendor = await kind.start();
    const answer = await postTo(vendor, kind, body);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), says);
  });
}

for (const kind of VENDORS) {
  Deno.test(`the ${kind.name} vendor takes its own credential only`, async () => {
    await using vendor = await kind.start();
    const answer = await postTo({ ...vendor, url: vendor.url, key: "another" }, kind, {});
    assert.equal(answer.status, kind.name === "gemini" ? 400 : 401);
    assert.match(await answer.text(), /key/i);
  });
}

function postTo({ url, key }: { url: string; key: string }, { name, model }: VendorKind, body: object) {
  const paths: Readonly<Record<string, string>> = {
    "openai chat": "/v1/chat/completions",
    "openai responses": "/v1/responses",
    anthropic: "/v1/messages",
    gemini: `/v1beta/models/${model}:generateContent`,
  };
  const shared = name === "gemini" ? {} : name === "anthropic" ? { model, "max_tokens": 99 } : { model };
  return fetch(url + paths[name], {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      ...(name === "gemini" ? { "x-goog-api-key": key } : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ ...shared, ...body }),
  });
}
