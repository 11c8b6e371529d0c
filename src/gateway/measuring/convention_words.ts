/**
 * Words that OpenTelemetry's generative AI conventions have for what we call otherwise
 * (https://github.com/open-telemetry/semantic-conventions-genai, gen-ai-metrics). They allow own words where none fits.
 * @module
 */

/** Wire formats that are more than one operation, or no chat. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "openai_completions": "text_completion",
  "openai_embeddings": "embeddings",
  "gemini_embeddings": "embeddings",
  "gemini_generate": "generate_content",
  "openai_chat": "chat",
  "openai_responses": "chat",
  "anthropic_messages": "chat",
};

const PROVIDERS: Readonly<Record<string, string>> = {
  "azure_openai": "azure.ai.openai",
  "gemini": "gcp.gemini",
  "mistral": "mistral_ai",
  "xai": "x_ai",
};

/** `gen_ai.operation.name` for a type of `formats/mod.ts`; its own name where the conventions have no word. */
export function operationName(format: string): string {
  return OPERATIONS[format] ?? format;
}

/** `gen_ai.provider.name` for a type of `providers/mod.ts`; `none` where nobody was asked. */
export function providerName(provider: string | undefined): string {
  return provider === undefined ? "none" : PROVIDERS[provider] ?? provider;
}
