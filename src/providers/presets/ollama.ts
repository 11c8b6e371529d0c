import { compatiblePreset } from "../compatible_preset.ts";

/** Ollama on this machine; it wants no key. Only its newest versions have the Responses API, so it is not asked there. Source: github.com/ollama/ollama, docs/openai.md. */
export const ollama = compatiblePreset({
  type: "ollama",
  summary: "Ollama, on this machine unless told otherwise.",
  defaultUrl: "http://127.0.0.1:11434/v1",
  formats: ["openai_chat", "openai_completions", "openai_embeddings", "openai_other"],
  errors: [
    { status: 500, text: "requires more system memory", class: "model_missing" },
  ],
});
