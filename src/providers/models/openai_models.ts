import type { DiscoveredModel, ModelDiscovery } from "../provider.ts";
import { discovered, list, record } from "./model_fields.ts";

/**
 * Extensions of OpenAI's model object: `context_window` and `max_output_tokens` (Tidegate's own, Groq's first),
 * `context_length` (OpenRouter), `max_model_len` (vLLM), `max_context_length` (Mistral), `max_completion_tokens`
 * (Groq; OpenRouter below `top_provider`).
 */
const MEMBERS = {
  context: ["context_window", "context_length", "max_model_len", "max_context_length", "max_input_tokens"],
  output: ["max_output_tokens", "max_completion_tokens"],
};

/**
 * `GET /v1/models` as OpenAI has it (API reference, Models): one page, `{object:"list",data:[{id,…}]}`. Some
 * servers send the bare array; either is read.
 */
export const openaiModels: ModelDiscovery = {
  path: "/v1/models",
  query: "",
  read(page) {
    const entries = Array.isArray(page) ? page : list(record(page)["data"]);
    const models = entries.flatMap((entry): DiscoveredModel[] => {
      const fields = record(entry);
      const found = discovered(
        fields["id"],
        fields["name"] ?? fields["display_name"],
        [fields, fields["top_provider"]],
        MEMBERS,
      );
      return found === undefined ? [] : [found];
    });
    return { models, next: undefined };
  },
};
