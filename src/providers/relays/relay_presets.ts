import type { ErrorRule } from "../provider.ts";

/** Refusals of one kind of relay: a gateway of somebody else's that stands where the vendor would. */
export interface RelayPreset {
  /** One sentence for the config schema and the docs. */
  readonly summary: string;
  readonly rules: readonly ErrorRule[];
}

/**
 * What relays say of themselves, in the words that their users see (their answers and published sources). The
 * common table knows vendors only: a relay may put spent quota under 401, 403 or 429 with a text that reads like
 * a rate limit, in Chinese, and its own lack of an upstream under the code of a missing model.
 */
export const RELAY_PRESETS = {
  new_api: {
    summary: "New API and its many descendants",
    rules: [
      ...codes("quota_spent", ["insufficient_user_quota", "pre_consume_token_quota_failed"]),
      ...chineseTexts(),
      ...texts("quota_spent", ["token quota is not enough"]),
      ...texts("model_missing", ["no available channel for model"]),
    ],
  },
  one_api: {
    summary: "One API and its descendants",
    rules: [
      ...codes("quota_spent", ["insufficient_user_quota", "pre_consume_token_quota_failed"]),
      ...chineseTexts(),
    ],
  },
  litellm: {
    summary: "LiteLLM's proxy",
    rules: [
      ...codes("quota_spent", ["budget_exceeded"]),
      ...codes("key_invalid", ["token_not_found_in_db", "expired_key"], { explicit: true }),
      ...codes("model_missing", ["key_model_access_denied", "team_model_access_denied"]),
      ...texts("quota_spent", ["budget has been exceeded", "exceededbudget"]),
      ...texts("key_invalid", ["invalid proxy server token passed", "key is blocked"], { explicit: true }),
      ...texts("model_missing", ["not allowed to access model"]),
      // All its deployments of the model are resting: the text says for how long.
      ...texts("rate_limited", [
        "no deployments available for selected model",
        "max parallel request limit reached",
      ]),
    ],
  },
  gpt_load: {
    summary: "GPT-Load, where the key it is called with is one of its own",
    rules: [
      // Its groups have run out of keys: none of ours is bad.
      ...codes("overloaded", ["no_active_keys", "no_keys_available"]),
      ...codes("broken", ["max_retries_exceeded"]),
      { status: 401, code: "unauthorized", class: "key_invalid", explicit: true },
      // A vendor's refusal of the key that it chose, passed on.
      { status: 401, class: "broken" },
    ],
  },
} as const satisfies Readonly<Record<string, RelayPreset>>;

/**
 * The texts of New API and One API. Spent quota goes before refused tokens, since a token without quota is
 * answered with 401; the general words at the end are for the many that word it otherwise.
 */
function chineseTexts(): ErrorRule[] {
  return [
    ...texts("quota_spent", ["额度已用尽", "额度不足", "预扣费额度失败", "余额不足", "配额"]),
    ...texts("key_invalid", ["无效的令牌", "该令牌已过期", "该令牌状态不可用"], { explicit: true }),
    ...texts("rate_limited", [
      "您已达到请求数限制",
      "您已达到总请求数限制",
      "当前分组上游负载已饱和",
      "请求过于频繁",
      "频率",
    ]),
    ...texts("model_missing", ["无可用渠道"]),
  ];
}

type Condition = Omit<ErrorRule, "class" | "code" | "text">;

function codes(to: ErrorRule["class"], list: readonly string[], condition: Condition = {}): ErrorRule[] {
  return list.map((code) => ({ ...condition, code, class: to }));
}

function texts(to: ErrorRule["class"], list: readonly string[], condition: Condition = {}): ErrorRule[] {
  return list.map((text) => ({ ...condition, text, class: to }));
}
