import { compatiblePreset } from "../compatible_preset.ts";

/** Mistral's own platform. Source: docs.mistral.ai, "API reference", and messages seen in issues of its clients. */
export const mistral = compatiblePreset({
  type: "mistral",
  summary: "Mistral.",
  defaultUrl: "https://api.mistral.ai/v1",
  formats: ["openai_chat", "openai_embeddings", "openai_other"],
  errors: [
    { status: [401, 402], text: "inactive subscription", class: "quota_spent" },
    { code: "service_tier_capacity_exceeded", class: "rate_limited" },
    { code: "invalid_model", class: "model_missing" },
  ],
});
