import assert from "node:assert/strict";
import { type VendorKind, VENDORS } from "../../support/vendors/vendors.ts";
import { isReady } from "./matrix/readiness.ts";
import { vendorGateway } from "./matrix/vendor_gateway.ts";

/** What a vendor of another format cannot be asked: the request says it, the refusal names it. */
interface Refusal {
  readonly format: string;
  /** A word of its that the answer must hold. */
  readonly field: string;
  /** Names of the vendors that cannot. */
  readonly vendors: readonly string[];
  readonly body: object;
}

const CHAT = { messages: [{ role: "user", content: "Hi" }] };
const GENERATE = { contents: [{ role: "user", parts: [{ text: "Hi" }] }] };
const MESSAGES = { "max_tokens": 99, messages: [{ role: "user", content: "Hi" }] };
const userChat = (part: object) => ({ messages: [{ role: "user", content: [part] }] });
const FILE_DATA = {
  fileUri: "https://generativelanguage.googleapis.com/v1beta/files/a",
  mimeType: "application/pdf",
};

const REFUSALS: readonly Refusal[] = [
  { format: "openai_chat", field: "n", vendors: ["anthropic", "openai responses"], body: { ...CHAT, n: 2 } },
  { format: "openai_chat", field: "logprobs", vendors: ["anthropic"], body: { ...CHAT, logprobs: true } },
  {
    format: "openai_chat",
    field: "input_audio",
    vendors: ["anthropic"],
    body: userChat({ type: "input_audio", "input_audio": { data: "UklGRg==", format: "wav" } }),
  },
  {
    format: "openai_chat",
    field: "file",
    vendors: ["anthropic", "gemini"],
    body: userChat({ type: "file", file: { "file_id": "file-abc" } }),
  },
  {
    format: "openai_responses",
    field: "previous_response_id",
    vendors: ["openai chat", "anthropic", "gemini"],
    body: { input: "Hi", "previous_response_id": "resp_1" },
  },
  {
    format: "openai_responses",
    field: "background",
    vendors: ["openai chat", "anthropic", "gemini"],
    body: { input: "Hi", background: true },
  },
  {
    format: "openai_responses",
    field: "code_interpreter",
    vendors: ["openai chat", "anthropic", "gemini"],
    body: { input: "Hi", tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
  },
  {
    format: "anthropic_messages",
    field: "code_execution",
    vendors: ["openai chat", "openai responses", "gemini"],
    body: { ...MESSAGES, tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
  },
  {
    format: "anthropic_messages",
    field: "mcp_servers",
    vendors: ["openai chat", "openai responses", "gemini"],
    body: { ...MESSAGES, "mcp_servers": [{ type: "url", name: "a", url: "https://mcp.example.com" }] },
  },
  {
    format: "gemini_generate",
    field: "cachedContent",
    vendors: ["openai chat", "openai responses", "anthropic"],
    body: { ...GENERATE, cachedContent: "cachedContents/a" },
  },
  {
    format: "gemini_generate",
    field: "file",
    vendors: ["openai chat", "openai responses", "anthropic"],
    body: { contents: [{ role: "user", parts: [{ text: "Hi" }, { fileData: FILE_DATA }] }] },
  },
  {
    format: "gemini_generate",
    field: "responseModalities",
    vendors: ["openai chat", "openai responses", "anthropic"],
    body: { ...GENERATE, generationConfig: { responseModalities: ["IMAGE"] } },
  },
];

const PATHS: Readonly<Record<string, string>> = {
  "openai_chat": "/v1/chat/completions",
  "openai_responses": "/v1/responses",
  "anthropic_messages": "/v1/messages",
};

for (const refusal of REFUSALS) {
  for (const kind of VENDORS.filter(({ name }) => refusal.vendors.includes(name))) {
    Deno.test({
      name:
        `'${refusal.field}' of ${refusal.format} is refused by name before a vendor that speaks ${kind.name}`,
      ignore: !isReady(refusal.format, kind),
      fn: () => refused(refusal, kind),
    });
  }
}

async function refused({ format, field, body }: Refusal, kind: VendorKind): Promise<void> {
  await using vendor = await kind.start();
  await using gateway = await vendorGateway(kind, vendor);
  const isGemini = format === "gemini_generate";
  const answer = await fetch(
    gateway.url + (isGemini ? `/v1beta/models/${kind.model}:generateContent` : PATHS[format]),
    {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(format === "anthropic_messages" ? { "anthropic-version": "2023-06-01" } : {}),
        ...(isGemini ? { "x-goog-api-key": gateway.key } : { authorization: `Bearer ${gateway.key}` }),
      },
      body: JSON.stringify(isGemini ? body : { model: kind.model, ...body }),
    },
  );
  const text = await answer.text();
  assert.equal(answer.status, 400, text);
  assert.match(text, new RegExp(`\\b${field}\\b`), text);
  assert.deepEqual(vendor.requests.filter(({ method }) => method === "POST"), [], "the vendor was asked");
}
