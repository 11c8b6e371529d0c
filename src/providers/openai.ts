import { openaiModels } from "./models/openai_models.ts";
import { defineProvider } from "./provider.ts";
import { joinUpstreamUrl } from "./url_joint.ts";

/** OpenAI itself. Its refusals are the table common to all, so it has no rows of its own. */
export const openai = defineProvider({
  type: "openai",
  defaultUrl: "https://api.openai.com/v1",
  summary: "OpenAI itself.",
  formats: ["openai_chat", "openai_completions", "openai_responses", "openai_embeddings", "openai_other"],
  url: joinUpstreamUrl,
  authorize(headers, key) {
    headers["authorization"] = `Bearer ${key.reveal()}`;
  },
  errors: [],
  discovery: openaiModels,
  traits: { customTools: true },
});
