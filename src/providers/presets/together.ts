import { compatiblePreset } from "../compatible_preset.ts";

/** Together AI. Source: docs.together.ai, "OpenAI compatibility" and "Error codes". */
export const together = compatiblePreset({
  type: "together",
  summary: "Together AI.",
  defaultUrl: "https://api.together.xyz/v1",
  formats: ["openai_chat", "openai_completions", "openai_embeddings", "openai_other"],
  errors: [
    // Its own words for a spent account; the status speaks of a token elsewhere.
    { status: 402, class: "quota_spent" },
    { code: "engine_overloaded", class: "overloaded" },
  ],
});
