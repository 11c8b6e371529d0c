/** A vendor whose key people keep in their environment. */
export interface Vendor {
  /** Names of the variable, the usual one first. */
  readonly variables: readonly string[];
  /** Name of the pool that is written. */
  readonly pool: string;
  /** A type of `providers/mod.ts`. */
  readonly provider: string;
  /** Base URL, where the provider has none of its own; from the vendor's public documentation. */
  readonly url?: string;
  /** Its models by pattern, so that several vendors' pools do not take each other's names. */
  readonly models: readonly string[];
}

/** Vendors that `init --from-env` knows, in the order they are written. */
export const VENDORS: readonly Vendor[] = [
  {
    variables: ["OPENAI_API_KEY"],
    pool: "openai",
    provider: "openai",
    models: [
      "gpt-*",
      "o1*",
      "o3*",
      "o4*",
      "chatgpt-*",
      "text-embedding-*",
      "omni-moderation-*",
      "dall-e-*",
      "tts-*",
      "whisper-1",
    ],
  },
  vendor("ANTHROPIC_API_KEY", "anthropic", ["claude-*"]),
  vendor(["GEMINI_API_KEY", "GOOGLE_API_KEY"], "gemini", ["gemini-*", "gemma-*", "text-embedding-00*"]),
  vendor("DEEPSEEK_API_KEY", "deepseek", ["deepseek-*"]),
  vendor("MISTRAL_API_KEY", "mistral", [
    "mistral-*",
    "ministral-*",
    "magistral-*",
    "codestral-*",
    "devstral-*",
    "pixtral-*",
    "open-mi*",
  ]),
  vendor("XAI_API_KEY", "xai", ["grok-*"]),
  vendor("MOONSHOT_API_KEY", "moonshot", ["kimi-*", "moonshot-*"]),
  vendor("DASHSCOPE_API_KEY", "qwen", ["qwen*", "qwq*", "qvq*", "text-embedding-v*"]),
  vendor(["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"], "zhipu", ["glm-*", "embedding-*", "cogview-*"]),
  { ...vendor("ZAI_API_KEY", "zhipu", ["glm-*"]), pool: "zai", url: "https://api.z.ai/api/paas/v4" },
  vendor("GROQ_API_KEY", "groq", ["llama*", "*/*", "whisper-large-*"]),
  vendor("SILICONFLOW_API_KEY", "siliconflow", ["*/*"]),
  vendor("OPENROUTER_API_KEY", "openrouter", ["*/*"]),
];

/** Variables of vendors whose pool cannot be written from a key alone. */
export const LATER_VARIABLES: readonly string[] = ["AZURE_OPENAI_API_KEY"];

/** A vendor at its provider's own URL, in a pool named after it. */
function vendor(variables: string | readonly string[], provider: string, models: readonly string[]): Vendor {
  return {
    variables: typeof variables === "string" ? [variables] : variables,
    pool: provider,
    provider,
    models,
  };
}
