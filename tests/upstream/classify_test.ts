import assert from "node:assert/strict";
import type { HeaderFields } from "../../src/core/exchange.ts";
import type { OutcomeClass } from "../../src/core/outcome.ts";
import { openaiCompatible } from "../../src/providers/openai_compatible.ts";
import type { ErrorRule } from "../../src/providers/provider.ts";
import {
  classifyDeadline,
  classifyErrorData,
  classifyFailure,
  classifyRefusal,
  isTimeout,
} from "../../src/upstream/classify.ts";
import { CALL_FAILURES } from "../../src/upstream/transport/call_failure.ts";

const NOW_MS = 1_700_000_000_000;
const bytes = (text: string) => new TextEncoder().encode(text);

function classOf(status: number, body: string, headers: HeaderFields = {}, rules: readonly ErrorRule[] = []) {
  const fields = { "content-type": "application/json", ...headers };
  return classifyRefusal({ status, headers: fields, body: bytes(body) }, rules, NOW_MS);
}

/** An error in OpenAI's envelope. */
const openai = (error: Record<string, unknown>) =>
  JSON.stringify({ error: { param: null, code: null, ...error } });

const TABLE: readonly [what: string, status: number, body: string, expected: OutcomeClass][] = [
  [
    "OpenAI, wrong key",
    401,
    openai({ code: "invalid_api_key", type: "invalid_request_error" }),
    "key_invalid",
  ],
  ["OpenAI, no key", 401, openai({ message: "You didn't provide an API key." }), "key_invalid"],
  ["OpenAI, account closed", 403, openai({ code: "account_deactivated" }), "key_invalid"],
  [
    "OpenAI, quota under 429",
    429,
    openai({ code: "insufficient_quota", type: "insufficient_quota" }),
    "quota_spent",
  ],
  [
    "OpenAI, quota by type alone",
    429,
    openai({ type: "insufficient_quota", code: "credit_balance_exhausted" }),
    "quota_spent",
  ],
  ["OpenAI, spend limit", 429, openai({ code: "organization_spend_limit_exceeded" }), "quota_spent"],
  ["OpenAI, hard limit under 400", 400, openai({ code: "billing_hard_limit_reached" }), "quota_spent"],
  [
    "OpenAI, requests a minute",
    429,
    openai({ code: "rate_limit_exceeded", type: "requests" }),
    "rate_limited",
  ],
  ["OpenAI, ramp-up", 429, openai({ type: "rate_limit_error", code: "slow_down" }), "rate_limited"],
  [
    "OpenAI, one request over the whole limit",
    429,
    openai({
      message: "Request too large for gpt-4o on tokens per min (TPM): Limit 1, Requested 2",
      code: "rate_limit_exceeded",
    }),
    "client_fault",
  ],
  ["OpenAI, too long", 400, openai({ code: "context_length_exceeded" }), "too_long"],
  [
    "OpenAI, too long by text",
    400,
    openai({ message: "This model's maximum context length is 8192 tokens" }),
    "too_long",
  ],
  [
    "OpenAI, no such model",
    404,
    openai({ code: "model_not_found", message: "The model `x` does not exist" }),
    "model_missing",
  ],
  ["OpenAI, model under 403", 403, openai({ code: "model_not_found" }), "model_missing"],
  [
    "OpenAI, no such file",
    404,
    openai({ message: "No such File object: file-1", code: null }),
    "client_fault",
  ],
  [
    "OpenRouter, moderation",
    403,
    `{"error":{"code":403,"message":"openai/gpt-4 requires moderation on OpenAI. Your input was flagged for \\"violence\\"."}}`,
    "client_fault",
  ],
  ["a relay, content policy by code", 403, openai({ code: "content_policy_violation" }), "client_fault"],
  [
    "a relay, content filter by text",
    403,
    openai({ message: "Blocked by the content filter" }),
    "client_fault",
  ],
  ["a relay, flagged account", 403, openai({ message: "Your account has been flagged" }), "not_permitted"],
  ["OpenAI, region", 403, openai({ code: "unsupported_country_region_territory" }), "not_permitted"],
  [
    "OpenAI, scope",
    403,
    openai({ message: "You have insufficient permissions. Missing scopes: model.read" }),
    "not_permitted",
  ],
  ["OpenAI, overload", 503, openai({ code: "server_is_overloaded" }), "overloaded"],
  [
    "OpenAI, stored response elsewhere",
    400,
    openai({ code: "previous_response_not_found" }),
    "foreign_state",
  ],
  ["OpenAI, item elsewhere", 404, openai({ message: "Item with id 'rs_1' not found." }), "foreign_state"],
  ["OpenAI, encrypted elsewhere", 400, openai({ code: "invalid_encrypted_content" }), "foreign_state"],
  ["OpenAI, moderation", 400, openai({ code: "content_policy_violation" }), "client_fault"],
  [
    "OpenAI, parameter",
    400,
    openai({ code: "unsupported_parameter", message: "Unsupported parameter: 'max_tokens'" }),
    "capability",
  ],
  ["OpenAI, value", 400, openai({ code: "invalid_value", type: "invalid_request_error" }), "client_fault"],
  ["OpenAI, its own error", 500, openai({ type: "server_error" }), "broken"],
  ["Azure, deployment", 404, '{"error":{"code":"DeploymentNotFound","message":"…"}}', "model_missing"],
  [
    "Azure, filter",
    400,
    '{"error":{"code":"content_filter","message":"…","innererror":{"code":"ResponsibleAIPolicyViolation"}}}',
    "client_fault",
  ],
  [
    "Azure, key",
    401,
    '{"statusCode":401,"message":"Access denied due to invalid subscription key or wrong API endpoint."}',
    "key_invalid",
  ],
  [
    "Azure, numbers as codes",
    429,
    '{"error":{"code":"429","message":"Rate limit is exceeded. Try again in 7 seconds."}}',
    "rate_limited",
  ],
  [
    "Anthropic, credit under 400",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}',
    "quota_spent",
  ],
  [
    "Anthropic, stable code",
    429,
    '{"type":"error","error":{"type":"rate_limit_error","message":"…","details":{"error_code":"enforced_spend_limit_reached"}}}',
    "quota_spent",
  ],
  [
    "Anthropic, overload",
    529,
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    "overloaded",
  ],
  [
    "Anthropic, too long",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1 maximum"}}',
    "too_long",
  ],
  [
    "Gemini, key under 400",
    400,
    '{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}',
    "key_invalid",
  ],
  [
    "Gemini, in an array",
    429,
    '[{"error":{"code":429,"message":"…","status":"RESOURCE_EXHAUSTED"}}]',
    "rate_limited",
  ],
  [
    "vLLM, no such model",
    404,
    '{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}',
    "model_missing",
  ],
  [
    "Ollama, no such model",
    404,
    '{"error":"model \\"x\\" not found, try pulling it first"}',
    "model_missing",
  ],
  ["FastAPI, wrong path", 404, '{"detail":"Not Found"}', "client_fault"],
  ["nothing but a status 400", 400, "", "client_fault"],
  ["nothing but a status 401", 401, "", "key_invalid"],
  ["nothing but a status 402", 402, "", "quota_spent"],
  ["nothing but a status 403", 403, "", "not_permitted"],
  ["nothing but a status 408", 408, "", "broken"],
  ["nothing but a status 409", 409, "", "client_fault"],
  ["nothing but a status 413", 413, "", "client_fault"],
  ["nothing but a status 422", 422, "", "client_fault"],
  ["nothing but a status 425", 425, "", "broken"],
  ["nothing but a status 429", 429, "", "rate_limited"],
  ["nothing but a status 500", 500, "", "broken"],
  ["nothing but a status 502", 502, "upstream connect error", "broken"],
  ["nothing but a status 503", 503, "", "overloaded"],
  ["nothing but a status 529", 529, "", "overloaded"],
  ["nothing but a status 999", 999, "", "broken"],
  ["a redirect", 302, "", "broken"],
];

for (const [what, status, body, expected] of TABLE) {
  Deno.test(`${what}: ${status} is ${expected}`, () => {
    const outcome = classOf(status, body);
    assert.equal(outcome.class, expected);
    assert.equal(outcome.status, status);
    assert.match(outcome.code ?? "x", /^[A-Za-z0-9_.-]{1,64}$/);
  });
}

Deno.test("a web page is broken whatever its status, but a 413 stays the client's", () => {
  for (const status of [200, 400, 401, 404, 500, 503]) {
    assert.equal(classOf(status, "<html>", { "content-type": "text/html; charset=utf-8" }).reason, "html");
    assert.equal(classOf(status, "\n <!DOCTYPE html>", { "content-type": "text/plain" }).class, "broken");
  }
  assert.equal(classOf(413, "<html>", { "content-type": "text/html" }).class, "client_fault");
});

Deno.test("only an explicit code makes one sight of a refused key enough", () => {
  assert.equal(classOf(401, openai({ code: "invalid_api_key" })).explicit, true);
  assert.equal(classOf(401, "").explicit, undefined);
});

Deno.test("a provider's own rows go before the common table", () => {
  const rules: ErrorRule[] = [{ status: [400, 499], text: "out of coins", class: "quota_spent" }];
  assert.equal(classOf(400, openai({ message: "Out Of Coins: buy more" }), {}, rules).class, "quota_spent");
  assert.equal(classOf(500, openai({ message: "out of coins" }), {}, rules).class, "broken");
});

const ECHOES: readonly [number, string][] = [
  [
    400,
    openai({ message: "Unknown parameter: 'incorrect api key provided'", type: "invalid_request_error" }),
  ],
  [
    400,
    openai({ message: "Invalid value: 'You exceeded your current quota'", type: "invalid_request_error" }),
  ],
  [404, openai({ message: "No such file: model does not exist" })],
  [422, openai({ message: "extra field: too many requests" })],
  [400, openai({ message: "'the model is overloaded' is no model", type: "invalid_request_error" })],
];

for (const [status, body] of ECHOES) {
  Deno.test(`a client that makes the vendor repeat its words (${body}) marks nobody`, () => {
    assert.equal(classOf(status, body).class, "client_fault");
    assert.equal(classOf(status, body, {}, openaiCompatible.errors).class, "client_fault");
  });
}

Deno.test("a model named like an error is a missing model and not a refused key", () => {
  const message = "Project `p` does not have access to model `has been suspended`";
  assert.equal(classOf(403, openai({ message, code: "model_not_found" })).class, "model_missing");
});

Deno.test("a hostile code never gets into an outcome", () => {
  const code = `x\n${"y".repeat(200)}`;
  assert.equal(classOf(400, openai({ code })).code, undefined);
  assert.equal(classOf(400, openai({ code, type: "fine_type" })).code, "fine_type");
});

Deno.test("a body nested thousands deep or cut anywhere is classified by its status", () => {
  assert.equal(classOf(429, "[".repeat(60_000)).class, "rate_limited");
  assert.equal(classOf(401, '{"error":{"code":"insufficient_qu').class, "key_invalid");
});

const EVENTS: readonly [string, OutcomeClass | undefined][] = [
  [openai({ code: "server_is_overloaded", message: "x" }), "overloaded"],
  [openai({ code: "rate_limit_exceeded", message: "x" }), "rate_limited"],
  [openai({ type: "server_error", message: "x" }), "broken"],
  [openai({ type: "invalid_request_error", message: "x" }), "client_fault"],
  ['{"type":"error","code":"invalid_prompt","message":"x","sequence_number":1}', "client_fault"],
  [
    '{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"x"}}}',
    "rate_limited",
  ],
  ['{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}', "overloaded"],
  ['{"error":{"code":500,"message":"x"}}', "broken"],
  ['{"error":"plain text"}', "broken"],
  ['{"id":"ft-1","error":{"message":null,"code":null,"param":null}}', undefined],
  ['{"id":"x","error":{}}', undefined],
];

for (const [data, expected] of EVENTS) {
  Deno.test(`inside a stream or a 200, ${data} is ${expected ?? "no error"}`, () => {
    const outcome = classifyErrorData(bytes(data), "error_event", []);
    assert.equal(outcome?.class, expected);
    assert.equal(outcome?.status, undefined);
    assert.equal(outcome?.reason, expected === undefined ? undefined : "error_event");
  });
}

Deno.test("a failure that was surely not sent is free and the upstream's unreachability", () => {
  for (const kind of CALL_FAILURES) {
    const outcome = classifyFailure({ kind, sent: false });
    assert.equal(outcome.free, true);
    assert.equal(outcome.reason, kind);
    assert.equal(classifyFailure({ kind, sent: true }).free, undefined);
  }
  for (const kind of ["refused", "dns", "tls", "proxy", "connect_timeout"] as const) {
    assert.equal(classifyFailure({ kind, sent: false }).class, "unreachable");
  }
  for (
    const kind of [
      "reset_before_head",
      "closed_before_head",
      "bad_head",
      "reset_in_body",
      "truncated",
      "bad_body",
    ] as const
  ) {
    assert.equal(classifyFailure({ kind, sent: true }).class, "broken");
  }
  assert.equal(classifyFailure({ kind: "aborted", sent: true }).class, "client_gone");
});

Deno.test("a stage that took too long is free before the request was sent and broken after", () => {
  assert.deepEqual(classifyDeadline("connect", false), {
    class: "unreachable",
    reason: "connect_timeout",
    free: true,
  });
  for (
    const [stage, reason] of [["headers", "headers_timeout"], ["first_content", "first_content_timeout"], [
      "idle",
      "stalled",
    ], ["total", "total_timeout"]] as const
  ) {
    const outcome = classifyDeadline(stage, true);
    assert.deepEqual(outcome, { class: "broken", reason });
    assert.ok(isTimeout(outcome));
  }
  assert.ok(!isTimeout({ class: "broken", reason: "truncated" }));
});

const COOLDOWNS: readonly [
  what: string,
  headers: HeaderFields,
  body: string,
  expectedMs: number | undefined,
][] = [
  ["milliseconds win over seconds", { "retry-after-ms": "1500", "retry-after": "9" }, "", 1_500],
  ["seconds", { "retry-after": "7" }, "", 7_000],
  ["seconds with a fraction", { "retry-after": "0.5" }, "", 500],
  ["zero", { "retry-after": "0" }, "", 0],
  [
    "a date against the answer's own clock, which is off",
    { "retry-after": "Sun, 06 Nov 1994 08:50:37 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT" },
    "",
    60_000,
  ],
  ["a date against our clock", { "retry-after": "Tue, 14 Nov 2023 22:13:30 GMT" }, "", 10_000],
  ["a date in the past", { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, "", 0],
  [
    "a leap day",
    { "retry-after": "Fri, 01 Mar 2024 00:00:00 GMT", "date": "Wed, 28 Feb 2024 00:00:00 GMT" },
    "",
    2 * 86_400_000,
  ],
  ["nonsense", { "retry-after": "soon" }, "", undefined],
  ["negative", { "retry-after": "-5" }, "", undefined],
  [
    "the reset of the limit that is at 0",
    {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "6m0s",
      "x-ratelimit-remaining-tokens": "9",
      "x-ratelimit-reset-tokens": "20m",
    },
    "",
    360_000,
  ],
  [
    "the longer of two limits at 0",
    {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "20ms",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "1.5s",
    },
    "",
    1_500,
  ],
  [
    "a reset in bare seconds",
    { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12" },
    "",
    12_000,
  ],
  [
    "Azure's -1 is no limit",
    { "x-ratelimit-remaining-requests": "-1", "x-ratelimit-reset-requests": "12" },
    "",
    undefined,
  ],
  ["Google's member", {}, '{"error":{"details":[{"@type":"RetryInfo","retryDelay":"46s"}]}}', 46_000],
  ["the sentence", {}, openai({ message: "Rate limit reached. Please try again in 1.5s. Visit …" }), 1_500],
  ["the sentence with hours", {}, openai({ message: "Please retry in 10h17m5.7s." }), 37_025_700],
  ["the sentence in words", {}, openai({ message: "Try again in 7 seconds." }), 7_000],
  ["nothing", {}, openai({ message: "Rate limit reached" }), undefined],
];

for (const [what, headers, body, expectedMs] of COOLDOWNS) {
  Deno.test(`the wait is read from ${what}`, () => {
    assert.equal(classOf(429, body, headers).cooldownMs, expectedMs);
  });
}
