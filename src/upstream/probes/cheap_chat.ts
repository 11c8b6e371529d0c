import type { Provider } from "../../providers/provider.ts";

/** Tokens that a trial may cost at most; some vendors refuse fewer than 16. */
const MAX_TOKENS = 16;

const TEXT = "Say hi.";

/** A request that costs next to nothing. */
export interface CheapChat {
  /** Front path. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The cheapest chat in the provider's own format; undefined for a provider that has none of those known here. */
export function cheapChat({ formats, traits }: Provider, model: string): CheapChat | undefined {
  if (formats.includes("openai_chat")) {
    const bound = traits?.maxTokensMember ?? "max_completion_tokens";
    const messages = [{ role: "user", content: TEXT }];
    return { path: "/v1/chat/completions", body: { model, messages, [bound]: MAX_TOKENS } };
  }
  if (formats.includes("anthropic_messages")) {
    const messages = [{ role: "user", content: TEXT }];
    return { path: "/v1/messages", body: { model, "max_tokens": MAX_TOKENS, messages } };
  }
  if (formats.includes("gemini_generate")) {
    const name = (model.includes("/") ? model : `models/${model}`).split("/").map(encodeURIComponent).join(
      "/",
    );
    const contents = [{ role: "user", parts: [{ text: TEXT }] }];
    return {
      path: `/v1beta/${name}:generateContent`,
      body: { contents, generationConfig: { maxOutputTokens: MAX_TOKENS } },
    };
  }
  return undefined;
}
