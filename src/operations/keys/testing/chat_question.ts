import type { Endpoint } from "../../../balancing/endpoint.ts";
import type { Provider } from "../../../providers/provider.ts";

/** Most tokens of the answer: the least that reasoning models take. */
const MAX_TOKENS = 16;

/** A path and a body that ask for a very short answer. */
export interface ChatQuestion {
  readonly path: string;
  readonly body: Uint8Array;
}

/** The cheapest chat that an endpoint can be asked for; undefined where it speaks no format that has one. */
export function chatQuestion(
  endpoint: Endpoint,
  provider: Provider,
  model: string,
): ChatQuestion | undefined {
  const question = [{ role: "user", content: "Say ok." }];
  for (const format of endpoint.formats ?? provider.formats) {
    switch (format) {
      case "openai_chat": {
        // OpenAI's own reasoning models refuse the old name, others know no new one.
        const limit = provider.type === "openai" ? "max_completion_tokens" : "max_tokens";
        return asked("/v1/chat/completions", { model, messages: question, [limit]: MAX_TOKENS });
      }
      case "openai_responses":
        return asked("/v1/responses", {
          model,
          input: "Say ok.",
          max_output_tokens: MAX_TOKENS,
          store: false,
        });
      case "openai_embeddings":
        return asked("/v1/embeddings", { model, input: "ok" });
      case "anthropic_messages":
        return asked("/v1/messages", { model, messages: question, max_tokens: MAX_TOKENS });
      case "gemini_generate":
        return asked(`/v1beta/models/${encodeURIComponent(model)}:generateContent`, {
          contents: [{ role: "user", parts: [{ text: "Say ok." }] }],
          generationConfig: { maxOutputTokens: MAX_TOKENS },
        });
    }
  }
  return undefined;
}

function asked(path: string, body: unknown): ChatQuestion {
  return { path, body: new TextEncoder().encode(JSON.stringify(body)) };
}
