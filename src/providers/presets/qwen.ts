import { compatiblePreset } from "../compatible_preset.ts";

/**
 * Qwen by DashScope's compatible mode; keys of the international site want the host
 * `dashscope-intl.aliyuncs.com`. Source: alibabacloud.com, Model Studio, "Error messages".
 */
export const qwen = compatiblePreset({
  type: "qwen",
  summary:
    "Qwen by Alibaba's DashScope (international keys: https://dashscope-intl.aliyuncs.com/compatible-mode/v1).",
  defaultUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
  formats: ["openai_chat", "openai_completions", "openai_embeddings", "openai_other"],
  errors: [
    { code: "invalidapikey", class: "key_invalid", explicit: true },
    { code: "arrearage", class: "quota_spent" },
    { code: "allocationquota.freetieronly", class: "quota_spent" },
    { code: "commoditynotpurchased", class: "quota_spent" },
    { code: "prepaidbilloverdue", class: "quota_spent" },
    { code: "postpaidbilloverdue", class: "quota_spent" },
    { code: "modelnotfound", class: "model_missing" },
    { code: "model.accessdenied", class: "model_missing" },
    { code: "data_inspection_failed", class: "client_fault" },
    { code: "datainspectionfailed", class: "client_fault" },
  ],
  traits: { jsonSchema: false },
});
