/** A vendor whose key people keep in their environment. */
export interface Vendor {
  /** Names of the variable, the usual one first. */
  readonly variables: readonly string[];
  /** Name of the pool that is written. */
  readonly pool: string;
  readonly provider: "openai" | "openai_compatible";
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
  compatible("DEEPSEEK_API_KEY", "deepseek", "https://api.deepseek.com/v1", ["deepseek-*"]),
  compatible("MISTRAL_API_KEY", "mistral", "https://api.mistral.ai/v1", [
    "mistral-*",
    "ministral-*",
    "magistral-*",
    "codestral-*",
    "devstral-*",
    "pixtral-*",
    "open-mi*",
  ]),
  compatible("XAI_API_KEY", "xai", "https://api.x.ai/v1", ["grok-*"]),
  compatible("MOONSHOT_API_KEY", "moonshot", "https://api.moonshot.ai/v1", ["kimi-*", "moonshot-*"]),
  compatible("DASHSCOPE_API_KEY", "dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", [
    "qwen*",
    "qwq*",
    "qvq*",
    "text-embedding-v*",
  ]),
  compatible(["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"], "zhipu", "https://open.bigmodel.cn/api/paas/v4", [
    "glm-*",
    "embedding-*",
    "cogview-*",
  ]),
  compatible("ZAI_API_KEY", "zai", "https://api.z.ai/api/paas/v4", ["glm-*"]),
  compatible("GROQ_API_KEY", "groq", "https://api.groq.com/openai/v1", ["llama*", "*/*", "whisper-large-*"]),
  compatible("SILICONFLOW_API_KEY", "siliconflow", "https://api.siliconflow.cn/v1", ["*/*"]),
  compatible("OPENROUTER_API_KEY", "openrouter", "https://openrouter.ai/api/v1", ["*/*"]),
];

/** Variables of vendors that this version cannot call yet. */
export const LATER_VARIABLES: readonly string[] = [
  "ANTHROPIC_API_KEY",
  "GEMINI_API_KEY",
  "GOOGLE_API_KEY",
  "AZURE_OPENAI_API_KEY",
];

function compatible(
  variables: string | readonly string[],
  pool: string,
  url: string,
  models: readonly string[],
): Vendor {
  const names = typeof variables === "string" ? [variables] : variables;
  return { variables: names, pool, provider: "openai_compatible", url, models };
}
