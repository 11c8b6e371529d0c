import { compatiblePreset } from "../compatible_preset.ts";

/** xAI's Grok, which answers 400 to a bad key and 403 to an empty account. Source: docs.x.ai, "Debugging errors". */
export const xai = compatiblePreset({
  type: "xai",
  summary: "xAI's Grok.",
  defaultUrl: "https://api.x.ai/v1",
  formats: ["openai_chat", "openai_completions", "openai_responses", "openai_other"],
  errors: [
    { status: [401, 403], text: "api key is currently blocked", class: "key_invalid", explicit: true },
    { status: [401, 403], text: "api key is disabled", class: "key_invalid", explicit: true },
    { status: 403, text: "doesn't have any credits", class: "quota_spent" },
    { status: [403, 429], text: "used all available credits", class: "quota_spent" },
    { status: 403, text: "usage guidelines", class: "client_fault" },
    { status: 404, text: "the model", class: "model_missing" },
  ],
});
