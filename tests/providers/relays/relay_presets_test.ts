import assert from "node:assert/strict";
import type { OutcomeClass } from "../../../src/core/outcome.ts";
import type { ErrorRule } from "../../../src/providers/provider.ts";
import { classifyRefusal } from "../../../src/upstream/classify.ts";
import { RELAY_PRESETS } from "../../../src/providers/relays/relay_presets.ts";

const NOW_MS = 1_700_000_000_000;

function outcomeOf(status: number, error: object | string, rules: readonly ErrorRule[]) {
  const body = new TextEncoder().encode(
    JSON.stringify(typeof error === "string" ? { error: { message: error } } : error),
  );
  return classifyRefusal({ status, headers: { "content-type": "application/json" }, body }, rules, NOW_MS);
}

/** Answers of relays as they are seen in the wild, and what they mean. */
const TABLE: readonly [keyof typeof RELAY_PRESETS, number, object | string, OutcomeClass][] = [
  ["new_api", 403, "用户额度不足, 剩余额度: ＄-0.038392 (request id: 1)", "quota_spent"],
  ["new_api", 403, "预扣费额度失败, 用户剩余额度: ＄0.1, 需要预扣费额度: ＄0.2", "quota_spent"],
  [
    "new_api",
    429,
    {
      error: {
        message: "当前分组上游负载已饱和，请稍后再试",
        type: "insufficient_quota",
        code: "insufficient_user_quota",
      },
    },
    "quota_spent",
  ],
  ["new_api", 401, "该令牌额度已用尽", "quota_spent"],
  ["new_api", 401, "无效的令牌 (request id: 2)", "key_invalid"],
  [
    "new_api",
    403,
    { error: { message: "token quota is not enough, token remain quota: 0.1", type: "new_api_error" } },
    "quota_spent",
  ],
  ["new_api", 429, "您已达到请求数限制：1分钟内最多请求10次", "rate_limited"],
  ["new_api", 500, "当前分组上游负载已饱和，请稍后再试", "rate_limited"],
  [
    "new_api",
    503,
    "No available channel for model gpt-4o under group default (distributor)",
    "model_missing",
  ],
  ["new_api", 503, "当前分组 default 下对于模型 gpt-4o 无可用渠道", "model_missing"],
  ["new_api", 403, "账户余额不足，请充值", "quota_spent"],
  ["new_api", 400, "请求过于频繁，请稍后再试", "rate_limited"],
  ["one_api", 401, "该令牌已过期", "key_invalid"],
  ["one_api", 403, "令牌额度不足", "quota_spent"],
  [
    "litellm",
    429,
    {
      error: {
        message: "Budget has been exceeded! Current cost: 5.0, Max budget: 1.0",
        type: "budget_exceeded",
        code: "429",
      },
    },
    "quota_spent",
  ],
  ["litellm", 400, "ExceededBudget: User=u over budget. Spend=5, Budget=5", "quota_spent"],
  ["litellm", 401, "Authentication Error, Invalid proxy server token passed", "key_invalid"],
  [
    "litellm",
    403,
    { error: { message: "key not allowed to access model.", type: "key_model_access_denied", code: "403" } },
    "model_missing",
  ],
  ["litellm", 429, "No deployments available for selected model, Try again in 30 seconds.", "rate_limited"],
  ["litellm", 429, "Max parallel request limit reached Hit limit for api_key: 1", "rate_limited"],
  [
    "gpt_load",
    503,
    { code: "NO_ACTIVE_KEYS", message: "No active API keys available for this group" },
    "overloaded",
  ],
  [
    "gpt_load",
    502,
    { code: "MAX_RETRIES_EXCEEDED", message: "Request failed after maximum retries" },
    "broken",
  ],
  ["gpt_load", 401, { code: "UNAUTHORIZED", message: "Unauthorized" }, "key_invalid"],
  [
    "gpt_load",
    401,
    { error: { message: "Incorrect API key provided", code: "invalid_api_key" } },
    "broken",
  ],
];

for (const [preset, status, error, expected] of TABLE) {
  const said = typeof error === "string" ? error : JSON.stringify(error);
  Deno.test(`${preset}: a ${status} that says ${said.slice(0, 60)} is ${expected}`, () => {
    assert.equal(outcomeOf(status, error, RELAY_PRESETS[preset].rules).class, expected);
  });
}

Deno.test("the wait that LiteLLM words is believed", () => {
  const text = "No deployments available for selected model, Try again in 30 seconds. Passed model=m.";
  assert.equal(outcomeOf(429, text, RELAY_PRESETS.litellm.rules).cooldownMs, 30_000);
});

Deno.test("no preset lets a client shut out a key with words that an upstream repeats", () => {
  for (const { rules } of Object.values(RELAY_PRESETS)) {
    for (const { text, class: name } of rules as readonly ErrorRule[]) {
      if (text === undefined || name === "client_fault") continue;
      const echoed = outcomeOf(400, `Invalid value: '${text}' for 'user'`, rules);
      assert.equal(echoed.class, "client_fault", text);
    }
  }
});

Deno.test("no row of a preset can never match: codes and texts are in lower case", () => {
  for (const { rules } of Object.values(RELAY_PRESETS)) {
    for (const { text, code } of rules as readonly ErrorRule[]) {
      assert.equal(text, text?.toLowerCase());
      assert.equal(code, code?.toLowerCase());
    }
  }
});
