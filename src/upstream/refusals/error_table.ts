import type { ErrorRule } from "../../providers/provider.ts";

/**
 * What the OpenAI family and its relatives mean by an error, whatever the status says: many vendors put a bad
 * key or an empty account under 400. Asked after the provider's own rows and before {@link STATUS_TABLE}; the
 * first row that holds decides. Special codes stand before texts, because a message may repeat what the client
 * sent, and texts before the codes that only name a family of errors.
 */
export const ERROR_TABLE: readonly ErrorRule[] = [
  // A request larger than the whole limit: no wait helps it. Its code is that of any rate limit.
  ...texts("client_fault", ["request too large for"], { status: 429 }),

  ...codes("key_invalid", [
    "invalid_api_key",
    "incorrect_api_key",
    "api_key_invalid",
    "account_deactivated",
    "account_suspended",
    "consumer_suspended",
    "invalid_organization",
    "organization_on_hold",
    "key_revoked",
    "expired_api_key",
  ], { explicit: true }),
  ...codes("quota_spent", [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "insufficient_user_quota",
    "access_terminated",
  ]),
  ...codes("too_long", ["context_length_exceeded", "string_above_max_length", "max_tokens_exceeded"]),
  ...codes("foreign_state", ["previous_response_not_found", "invalid_encrypted_content", "thread_not_found"]),
  ...codes("model_missing", [
    "model_not_found",
    "model_not_exist",
    "model_not_available",
    "deploymentnotfound",
    "invalid_model",
    "unknown_model",
  ]),
  ...codes("not_permitted", [
    "unsupported_country_region_territory",
    "ip_not_authorized",
    "missing_scope",
    "insufficient_permissions",
    "service_disabled",
  ], { explicit: true }),
  ...codes("client_fault", [
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "invalid_prompt",
    "moderation_blocked",
    "invalid_image_url",
    "request_too_large",
  ]),
  ...codes("overloaded", ["server_is_overloaded", "overloaded_error", "engine_overloaded"]),
  ...codes("rate_limited", [
    "rate_limit_exceeded",
    "rate_limit_reached",
    "ratelimitreached",
    "slow_down",
    "ramp_limit_exceeded",
    "too_many_requests",
    "requests_limit_exceeded",
    "tokens_limit_exceeded",
  ]),
  ...codes("capability", [
    "unsupported_parameter",
    "unsupported_value",
    "operationnotsupported",
    "operation_not_supported",
    "invalidapiversionparameter",
  ], { status: [400, 422] }),

  ...texts("too_long", [
    "maximum context length",
    "prompt is too long",
    "input token count exceeds",
    "exceeds the context window",
    "context window",
  ], { status: [400, 422] }),
  ...texts("foreign_state", [
    "previous response with id",
    "item with id",
    "encrypted content could not be verified",
    "invalid `signature` in `thinking` block",
    "thought signature",
  ], { status: [400, 404] }),
  ...texts("key_invalid", [
    "incorrect api key provided",
    "api key not valid",
    "api key expired",
    "invalid x-api-key",
    "this organization has been disabled",
    "your api key was reported as leaked",
  ], { explicit: true }),
  ...texts("key_invalid", [
    "you didn't provide an api key",
    "access denied due to invalid subscription key",
    "has been suspended",
    "the security token included in the request is invalid",
  ]),
  ...texts("quota_spent", [
    "you exceeded your current quota",
    "your credit balance is too low",
    "insufficient balance",
    "insufficient credits",
    "your prepayment credits are depleted",
    "you have reached your specified api usage limits",
    "you have reached your specified workspace api usage limits",
  ]),
  ...texts("model_missing", [
    "the model `",
    "the model '",
    "model '",
    'model "',
    "model not found",
    "model not exist",
  ], {
    status: 404,
  }),
  ...texts("model_missing", ["model does not exist", "no such model"], { status: [400, 404] }),
  // What the client wrote, not who asked: the next endpoint would say the same, and no key is worse for it.
  ...texts("client_fault", [
    "requires moderation",
    "input was flagged",
    "prompt was flagged",
    "content was flagged",
    "request was flagged",
    "flagged by moderation",
    "flagged by our moderation",
    "flagged for moderation",
    "content policy",
    "content_policy",
    "content filter",
    "content_filter",
    "content management policy",
  ], { status: 403 }),
  ...texts("not_permitted", [
    "you have insufficient permissions",
    "missing scopes",
    "user location is not supported",
    "country, region, or territory not supported",
  ], { explicit: true }),
  ...texts("overloaded", [
    "the engine is currently overloaded",
    "that model is currently overloaded",
    "the model is overloaded",
    "the system is experiencing high demand",
    "server is overloaded",
  ]),
  ...texts("rate_limited", ["rate limit reached", "rate limit exceeded", "too many requests"]),
  ...texts("capability", [
    "unsupported parameter",
    "unrecognized request argument",
    "extra inputs are not permitted",
    "anthropic-beta",
    "does not support",
    "is not supported with this model",
  ], { status: [400, 422] }),

  ...codes("quota_spent", ["insufficient_balance"]),
  ...codes("rate_limited", ["rate_limit_error", "resource_exhausted"]),
  ...codes("not_permitted", ["permission_denied", "permission_error"], { explicit: true }),
  ...codes("overloaded", ["service_unavailable_error", "service_unavailable", "unavailable"]),
];

/** What the bare status means where no code or text decided. The first row that holds decides. */
export const STATUS_TABLE: readonly ErrorRule[] = [
  { status: 401, class: "key_invalid" },
  { status: 402, class: "quota_spent" },
  { status: 403, class: "not_permitted" },
  { status: 407, class: "broken" },
  { status: 408, class: "broken" },
  { status: 421, class: "broken" },
  { status: 425, class: "broken" },
  { status: 429, class: "rate_limited" },
  { status: 498, class: "key_invalid" },
  { status: 499, class: "broken" },
  { status: [400, 498], class: "client_fault" },
  { status: 503, class: "overloaded" },
  { status: 529, class: "overloaded" },
];

/** Errors inside a stream or a 200 that no code or text decided but whose code says whose fault it is. */
export const EVENT_TABLE: readonly ErrorRule[] = [
  { code: "invalid_request_error", class: "client_fault" },
  { code: "invalid_argument", class: "client_fault" },
  { code: "authentication_error", class: "key_invalid" },
  { code: "not_found_error", class: "model_missing" },
];

type Condition = Omit<ErrorRule, "class" | "code" | "text">;

function codes(to: ErrorRule["class"], list: readonly string[], condition: Condition = {}): ErrorRule[] {
  return list.map((code) => ({ ...condition, code, class: to }));
}

function texts(to: ErrorRule["class"], list: readonly string[], condition: Condition = {}): ErrorRule[] {
  return list.map((text) => ({ ...condition, text, class: to }));
}
