import assert from "node:assert/strict";
import type { OutcomeClass } from "../../src/core/outcome.ts";
import { registryOf } from "../../src/core/registry.ts";
import * as module from "../../src/providers/mod.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { classifyRefusal } from "../../src/upstream/classify.ts";

const providers = registryOf<Provider>(module);

/** 2026-01-15T20:00:00Z, noon in Los Angeles. */
const NOON_MS = 1_768_507_200_000;

function outcomeOf(provider: string, status: number, error: object) {
  const body = new TextEncoder().encode(JSON.stringify(error));
  const headers = { "content-type": "application/json" };
  return classifyRefusal({ status, headers, body }, providers.get(provider).errors, NOON_MS);
}

const said = (message: string, more: object = {}) => ({ error: { message, ...more } });

const anthropicSays = (type: string, message: string, details?: object) => ({
  type: "error",
  error: { type, message, ...(details === undefined ? {} : { details }) },
  request_id: "req_1",
});

const googleSays = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: { code, message, status, details },
});

const quota = (quotaId: string, retryDelay: string) => [
  { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaMetric: "m", quotaId }] },
  { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
];

const reason = (word: string) => [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: word }];

const PLAN = "You exceeded your current quota, please check your plan and billing details.";

/** Vendors' refusals as they are documented or seen, and what they mean. */
const TABLE: readonly [provider: string, status: number, error: object, expected: OutcomeClass][] = [
  ["anthropic", 401, anthropicSays("authentication_error", "invalid x-api-key"), "key_invalid"],
  [
    "anthropic",
    400,
    anthropicSays("invalid_request_error", "This organization has been disabled."),
    "key_invalid",
  ],
  ["anthropic", 402, anthropicSays("billing_error", "Payment required"), "quota_spent"],
  [
    "anthropic",
    400,
    anthropicSays("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "quota_spent",
  ],
  [
    "anthropic",
    429,
    anthropicSays("rate_limit_error", "Spend limit reached", { error_code: "enforced_spend_limit_reached" }),
    "quota_spent",
  ],
  ["anthropic", 429, anthropicSays("rate_limit_error", "Number of requests exceeded"), "rate_limited"],
  [
    "anthropic",
    429,
    anthropicSays("rate_limit_error", "Extra usage is required for long context requests."),
    "client_fault",
  ],
  ["anthropic", 529, anthropicSays("overloaded_error", "Overloaded"), "overloaded"],
  ["anthropic", 500, anthropicSays("api_error", "Internal server error"), "broken"],
  ["anthropic", 404, anthropicSays("not_found_error", "model: claude-9"), "model_missing"],
  ["anthropic", 404, anthropicSays("not_found_error", "File not found"), "client_fault"],
  [
    "anthropic",
    403,
    anthropicSays("permission_error", "Your API key does not have permission"),
    "not_permitted",
  ],
  [
    "anthropic",
    400,
    anthropicSays("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "too_long",
  ],
  [
    "anthropic",
    400,
    anthropicSays("invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
    "foreign_state",
  ],
  ["anthropic", 400, anthropicSays("invalid_request_error", "max_tokens: Field required"), "client_fault"],
  [
    "gemini",
    400,
    googleSays(400, "INVALID_ARGUMENT", "API key not valid.", reason("API_KEY_INVALID")),
    "key_invalid",
  ],
  [
    "gemini",
    400,
    googleSays(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
    "key_invalid",
  ],
  [
    "gemini",
    403,
    googleSays(403, "PERMISSION_DENIED", "Suspended.", reason("CONSUMER_SUSPENDED")),
    "key_invalid",
  ],
  [
    "gemini",
    403,
    googleSays(403, "PERMISSION_DENIED", "Your API key was reported as leaked."),
    "key_invalid",
  ],
  [
    "gemini",
    403,
    googleSays(403, "PERMISSION_DENIED", "Not enabled.", reason("SERVICE_DISABLED")),
    "not_permitted",
  ],
  [
    "gemini",
    429,
    googleSays(429, "RESOURCE_EXHAUSTED", PLAN, quota("GenerateRequestsPerMinutePerProjectPerModel", "46s")),
    "rate_limited",
  ],
  [
    "gemini",
    429,
    googleSays(429, "RESOURCE_EXHAUSTED", PLAN, quota("GenerateRequestsPerDayPerProject", "46s")),
    "quota_spent",
  ],
  [
    "gemini",
    429,
    googleSays(
      429,
      "RESOURCE_EXHAUSTED",
      PLAN,
      quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "46s"),
    ),
    "rate_limited",
  ],
  [
    "gemini",
    429,
    googleSays(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    "quota_spent",
  ],
  ["gemini", 402, googleSays(402, "RESOURCE_EXHAUSTED", "Billing."), "quota_spent"],
  [
    "gemini",
    400,
    googleSays(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    "not_permitted",
  ],
  [
    "gemini",
    404,
    googleSays(404, "NOT_FOUND", "models/g is not found for API version v1beta"),
    "model_missing",
  ],
  ["gemini", 404, googleSays(404, "NOT_FOUND", "Requested entity was not found."), "client_fault"],
  [
    "gemini",
    403,
    googleSays(
      403,
      "PERMISSION_DENIED",
      "You do not have permission to access the File f or it may not exist.",
    ),
    "foreign_state",
  ],
  ["gemini", 503, googleSays(503, "UNAVAILABLE", "The model is overloaded."), "overloaded"],
  ["gemini", 500, googleSays(500, "INTERNAL", "An internal error has occurred."), "broken"],
  [
    "gemini",
    400,
    googleSays(400, "INVALID_ARGUMENT", 'Unknown name "x": Cannot find field.'),
    "client_fault",
  ],
  [
    "openai_compatible",
    429,
    [googleSays(429, "RESOURCE_EXHAUSTED", PLAN, quota("RequestsPerMinute", "9s"))],
    "rate_limited",
  ],
  [
    "azure_openai",
    401,
    said("Access denied due to invalid subscription key or wrong API endpoint.", { code: "401" }),
    "key_invalid",
  ],
  [
    "azure_openai",
    404,
    said("The API deployment for this resource does not exist.", { code: "DeploymentNotFound" }),
    "model_missing",
  ],
  ["azure_openai", 404, said("Resource not found", { code: "404" }), "capability"],
  [
    "azure_openai",
    429,
    said("The system is currently experiencing high demand and cannot process your request.", {
      code: "429",
    }),
    "overloaded",
  ],
  [
    "azure_openai",
    429,
    said("Requests to the API have exceeded the token rate limit.", { code: "429" }),
    "rate_limited",
  ],
  [
    "azure_openai",
    403,
    said("Access denied due to Virtual Network/Firewall rules.", { code: "403" }),
    "not_permitted",
  ],
  [
    "azure_openai",
    403,
    said("Out of call volume quota. Quota will be replenished in 5 days.", { code: "403" }),
    "quota_spent",
  ],
  [
    "azure_openai",
    400,
    said("Filtered.", { code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } }),
    "client_fault",
  ],
  [
    "azure_openai",
    400,
    said("The completion operation does not work with the specified model", {
      code: "OperationNotSupported",
    }),
    "capability",
  ],
  [
    "deepseek",
    401,
    said("Authentication Fails (no such user)", { type: "authentication_error" }),
    "key_invalid",
  ],
  ["deepseek", 402, said("Insufficient Balance", { code: "invalid_request_error" }), "quota_spent"],
  ["deepseek", 400, said("Model Not Exist", { code: "invalid_request_error" }), "model_missing"],
  [
    "qwen",
    400,
    said("Access denied, please make sure your account is in good standing.", { code: "Arrearage" }),
    "quota_spent",
  ],
  ["qwen", 429, said("Requests rate limit exceeded", { code: "limit_requests" }), "rate_limited"],
  [
    "qwen",
    400,
    said("Output data may contain inappropriate content.", { code: "data_inspection_failed" }),
    "client_fault",
  ],
  [
    "moonshot",
    429,
    said("Your account is not active", { type: "exceeded_current_quota_error" }),
    "quota_spent",
  ],
  [
    "moonshot",
    429,
    said("The engine is currently overloaded", { type: "engine_overloaded_error" }),
    "overloaded",
  ],
  [
    "moonshot",
    404,
    said("Not found the model k9 or Permission denied", { type: "resource_not_found_error" }),
    "model_missing",
  ],
  ["zhipu", 429, said("余额不足或无可用资源包,请充值。", { code: "1113" }), "quota_spent"],
  ["zhipu", 429, said("您的账户已达到速率限制", { code: "1302" }), "rate_limited"],
  ["zhipu", 400, said("模型不存在，请检查模型代码。", { code: "1211" }), "model_missing"],
  [
    "siliconflow",
    403,
    { code: 30001, message: "Sorry, your account balance is insufficient", data: null },
    "quota_spent",
  ],
  ["openrouter", 402, said("Insufficient credits", { code: 402 }), "quota_spent"],
  [
    "openrouter",
    403,
    said("openai/gpt requires moderation. Your input was flagged", { code: 403 }),
    "client_fault",
  ],
  ["openrouter", 429, said("Rate limit exceeded: free-models-per-day", { code: 429 }), "quota_spent"],
  ["openrouter", 429, said("Rate limit exceeded: free-models-per-min", { code: 429 }), "rate_limited"],
  ["groq", 498, said("Flex tier capacity exceeded", { code: "capacity_exceeded" }), "overloaded"],
  [
    "groq",
    400,
    said("Organization has been restricted.", { code: "organization_restricted" }),
    "key_invalid",
  ],
  ["mistral", 429, {
    object: "error",
    message: "Service tier capacity exceeded for this model.",
    type: "service_tier_capacity_exceeded",
    code: "3505",
  }, "rate_limited"],
  ["xai", 400, {
    code: "Client specified an invalid argument",
    error: "Incorrect API key provided: xa***yz.",
  }, "key_invalid"],
  ["xai", 403, { code: "x", error: "Your newly created teams doesn't have any credits yet." }, "quota_spent"],
  ["ollama", 404, said('model "m" not found, try pulling it first', { type: "api_error" }), "model_missing"],
  ["vllm", 404, said("The model `m` does not exist.", { type: "NotFoundError", code: 404 }), "model_missing"],
  ["new_api", 403, said("用户额度不足, 剩余额度: $0.1"), "quota_spent"],
  ["one_api", 401, said("无效的令牌"), "key_invalid"],
  [
    "litellm",
    400,
    said("Budget has been exceeded! Current cost: 1", { type: "budget_exceeded" }),
    "quota_spent",
  ],
  ["gpt_load", 503, { code: "NO_ACTIVE_KEYS", message: "no active keys" }, "overloaded"],
];

for (const [provider, status, error, expected] of TABLE) {
  Deno.test(`provider ${provider}: ${status} ${JSON.stringify(error).slice(0, 90)} is ${expected}`, () => {
    assert.equal(outcomeOf(provider, status, error).class, expected);
  });
}

Deno.test("a day's quota at Google rests until midnight in Los Angeles, whatever wait is told beside it", () => {
  const told = googleSays(
    429,
    "RESOURCE_EXHAUSTED",
    `${PLAN} Please retry in 46s.`,
    quota("RequestsPerDay", "46s"),
  );
  assert.equal(outcomeOf("gemini", 429, told).cooldownMs, 12 * 3_600_000);
});

Deno.test("a minute's quota at Google rests as long as its RetryInfo or its sentence says", () => {
  const info = googleSays(429, "RESOURCE_EXHAUSTED", PLAN, quota("RequestsPerMinute", "46.5s"));
  assert.equal(outcomeOf("gemini", 429, info).cooldownMs, 46_500);
  const sentence = googleSays(429, "RESOURCE_EXHAUSTED", `${PLAN} Please retry in 10h17m5.7s.`);
  assert.equal(outcomeOf("gemini", 429, sentence).cooldownMs, ((10 * 60 + 17) * 60 + 5.7) * 1000);
});

Deno.test("a spend limit at Anthropic rests until the day it names", () => {
  const told = anthropicSays(
    "invalid_request_error",
    "You have reached your specified API usage limits. You will regain access on 2026-01-16 at 00:00 UTC.",
  );
  const { class: name, cooldownMs } = outcomeOf("anthropic", 400, told);
  assert.deepEqual([name, cooldownMs], ["quota_spent", 4 * 3_600_000]);
});

Deno.test("a message that repeats what the client sent marks no key", () => {
  for (const provider of providers.all) {
    for (const echo of ["Authentication Fails", "api key is invalid", "API key expired", "Model Not Exist"]) {
      const { class: name } = outcomeOf(provider.type, 400, said(`Invalid value for 'user': '${echo}'`));
      assert.equal(name, "client_fault", `${provider.type}: ${echo}`);
    }
  }
});
