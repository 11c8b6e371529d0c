import { compatiblePreset } from "../compatible_preset.ts";

/** OpenRouter. A spent account is a bare 402. Source: openrouter.ai/docs, "Errors" and "Limits". */
export const openrouter = compatiblePreset({
  type: "openrouter",
  summary: "OpenRouter.",
  defaultUrl: "https://openrouter.ai/api/v1",
  errors: [
    { status: 401, text: "no auth credentials found", class: "key_invalid", explicit: true },
    { status: 401, text: "user not found", class: "key_invalid", explicit: true },
    { status: 403, text: "key limit exceeded", class: "quota_spent" },
    { status: 429, text: "free-models-per-day", class: "quota_spent" },
    { status: 404, text: "no endpoints found", class: "model_missing" },
    { status: 404, text: "no allowed providers", class: "model_missing" },
  ],
});
