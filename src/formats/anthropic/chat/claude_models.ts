/** How a model lets itself be told to think. */
export type ThinkingKind = "none" | "budget" | "budget_or_adaptive" | "adaptive";

/** What a model takes, as far as requests written for it must know. */
export interface ClaudeModel {
  /** Most tokens it can answer with: asked for where the client sets no bound and the format needs one. */
  readonly maxOutputTokens: number;
  readonly thinking: ThinkingKind;
  /** Words that `output_config.effort` takes, weakest first; empty: it takes none. */
  readonly efforts: readonly string[];
  /** Thinking cannot be switched off. */
  readonly alwaysThinks: boolean;
  /** Thinks unless told not to. */
  readonly thinksByDefault: boolean;
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Takes `temperature` and `top_p` together. */
  readonly bothSampling: boolean;
  /** Takes `output_config.format` and strict tools. */
  readonly schemas: boolean;
  /** Takes a `system` message after a `user` message. */
  readonly systemTurns: boolean;
  /** Goes on where the last message, an assistant's, stops. */
  readonly prefill: boolean;
}

/** What a model we do not know is taken to be: a compatible server's, which takes the oldest form of everything. */
const UNKNOWN: ClaudeModel = {
  maxOutputTokens: 8192,
  thinking: "budget",
  efforts: [],
  alwaysThinks: false,
  thinksByDefault: false,
  sampling: true,
  bothSampling: true,
  schemas: false,
  systemTurns: false,
  prefill: true,
};

/** Family and version in a model's name, wherever a relay put it: `anthropic/claude-opus-4.6`, `us.anthropic.claude-3-haiku-20240307-v1:0`. */
const NAME = /claude-(?:([a-z]+)(?:-|$))?(?:(\d+)(?:[-.](\d{1,2})(?!\d))?)?/;

/** Version of a Claude without a number in its name: newer than all that have rules of their own. */
const NEWEST = 99_00;

/**
 * What is known of a model by its name. Source: Anthropic's model pages (output limits), "Troubleshooting thinking",
 * "Effort", "Structured outputs", "Mid-conversation system messages" and the API 2026-10-21 migration page
 * (sampling), read 2026-11.
 */
export function claudeModel(name: string): ClaudeModel {
  const match = NAME.exec(name.toLowerCase());
  if (match === null) return UNKNOWN;
  const [, family = "", major, minor = "0"] = match;
  const version = major === undefined ? NEWEST : Number(major) * 100 + Number(minor);
  const isOpus = family === "opus";
  const isFable = family === "fable" || family === "mythos";
  return {
    maxOutputTokens: maxOutputTokens(version, isOpus),
    thinking: thinkingOf(version),
    efforts: effortsOf(version, isOpus),
    alwaysThinks: isFable,
    thinksByDefault: isFable || version >= 5_00,
    sampling: version <= 4_06,
    bothSampling: version < 4_01,
    schemas: version >= 4_05,
    systemTurns: version >= 5_00 || (isOpus && version >= 4_08),
    prefill: version < 4_06,
  };
}

function maxOutputTokens(version: number, isOpus: boolean): number {
  if (version >= 4_06) return 128_000;
  if (version >= 4_00) return isOpus && version < 4_05 ? 32_000 : 64_000;
  if (version >= 3_07) return 64_000;
  return version >= 3_05 ? 8192 : 4096;
}

function thinkingOf(version: number): ThinkingKind {
  if (version >= 4_07) return "adaptive";
  if (version >= 4_06) return "budget_or_adaptive";
  return version >= 3_07 ? "budget" : "none";
}

function effortsOf(version: number, isOpus: boolean): readonly string[] {
  if (version >= 4_07) return ["low", "medium", "high", "xhigh", "max"];
  if (version >= 4_06) return ["low", "medium", "high", "max"];
  return isOpus && version >= 4_05 ? ["low", "medium", "high"] : [];
}
