import { compatiblePreset } from "../compatible_preset.ts";

/**
 * DeepSeek (api-docs.deepseek.com). Completions stand below `/beta` alone; its address in Anthropic's format is a pool
 * of provider `anthropic`.
 */
export const deepseek = compatiblePreset({
  type: "deepseek",
  summary: "DeepSeek.",
  defaultUrl: "https://api.deepseek.com/v1",
  formats: ["openai_chat", "openai_other"],
  errors: [
    { status: 401, text: "authentication fails", class: "key_invalid", explicit: true },
    { status: 400, text: "model not exist", class: "model_missing" },
  ],
  // api-docs.deepseek.com, "Thinking mode": a turn that called tools without its `reasoning_content` is a 400.
  traits: { jsonSchema: false, reasoningReplay: true },
});
