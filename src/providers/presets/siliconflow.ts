import { compatiblePreset } from "../compatible_preset.ts";

/** SiliconFlow; keys of the international site want the host `api.siliconflow.com`. Source: docs.siliconflow.cn, "Error handling". */
export const siliconflow = compatiblePreset({
  type: "siliconflow",
  summary: "SiliconFlow (international keys: https://api.siliconflow.com/v1).",
  defaultUrl: "https://api.siliconflow.cn/v1",
  formats: ["openai_chat", "openai_embeddings", "openai_other"],
  errors: [
    { status: 401, text: "api key is invalid", class: "key_invalid", explicit: true },
    { status: [402, 403], text: "balance is insufficient", class: "quota_spent" },
    { status: 403, text: "model disabled", class: "model_missing" },
  ],
  traits: { jsonSchema: false },
});
