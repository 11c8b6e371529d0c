import { compatiblePreset } from "../compatible_preset.ts";

/**
 * Moonshot's Kimi; keys of the Chinese site want the host `api.moonshot.cn`. Its address in Anthropic's format is a
 * pool of provider `anthropic`. Source: platform.moonshot.ai, "Error codes".
 */
export const moonshot = compatiblePreset({
  type: "moonshot",
  summary: "Moonshot's Kimi (Chinese keys: https://api.moonshot.cn/v1).",
  defaultUrl: "https://api.moonshot.ai/v1",
  formats: ["openai_chat", "openai_other"],
  errors: [
    { code: "invalid_authentication_error", class: "key_invalid", explicit: true },
    { code: "incorrect_api_key_error", class: "key_invalid", explicit: true },
    { code: "exceeded_current_quota_error", class: "quota_spent" },
    { code: "engine_overloaded_error", class: "overloaded" },
    { code: "rate_limit_reached_error", class: "rate_limited" },
    { code: "content_filter_error", class: "client_fault" },
    { status: 404, text: "not found the model", class: "model_missing" },
  ],
  // platform.moonshot.ai, "Thinking models": `reasoning_content` goes back with the turn.
  traits: { jsonSchema: false, reasoningReplay: true },
});
