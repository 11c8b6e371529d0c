import { compatiblePreset } from "../compatible_preset.ts";

/**
 * Zhipu's GLM; keys of Z.ai want `https://api.z.ai/api/paas/v4`. Its codes are numbers in quotes, most of them under
 * 429. Its address in Anthropic's format is a pool of provider `anthropic`. Source: docs.z.ai, "Error codes".
 */
export const zhipu = compatiblePreset({
  type: "zhipu",
  summary: "Zhipu's GLM (Z.ai keys: https://api.z.ai/api/paas/v4).",
  defaultUrl: "https://open.bigmodel.cn/api/paas/v4",
  formats: ["openai_chat", "openai_embeddings", "openai_other"],
  errors: [
    ...["1000", "1002", "1003", "1004", "1110", "1111", "1112", "1121"].map((code) =>
      ({ code, class: "key_invalid", explicit: true }) as const
    ),
    // In arrears; a day's, a plan's, a week's limit.
    ...["1113", "1304", "1308", "1309", "1310"].map((code) => ({ code, class: "quota_spent" }) as const),
    ...["1302", "1303", "1305"].map((code) => ({ code, class: "rate_limited" }) as const),
    ...["1211", "1220", "1221"].map((code) => ({ code, class: "model_missing" }) as const),
    { code: "1261", class: "too_long" },
    { code: "1301", class: "client_fault" },
  ],
  traits: { jsonSchema: false },
});
