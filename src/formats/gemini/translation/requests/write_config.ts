import type { ChatReasoning, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { WriteContext } from "../../../translation/translation.ts";
import { isThirdGeneration } from "../model_generation.ts";

/** Most stop sequences the API takes (reference of `GenerationConfig`). */
const MAX_STOPS = 5;

/** `seed` is a signed 32-bit number there. */
const MAX_SEED = 2 ** 31 - 1;

type Effort = NonNullable<ChatReasoning["effort"]>;

/** Levels of the third generation; the two beyond have none of their own. */
const LEVELS: Readonly<Record<Effort, string>> = {
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
};

/** Budgets in tokens for older models, as Google's own OpenAI-compatible endpoint sets them. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** Writes `generationConfig`; empty where the client sets nothing. */
export function writeConfig(request: ChatRequest, context: WriteContext): JsonObject {
  const { losses } = context;
  const { stop, seed, logprobs } = request;
  if (stop !== undefined && stop.length > MAX_STOPS) {
    losses.refuse("stop", `Gemini takes at most ${MAX_STOPS} stop sequences; send fewer`);
  }
  const isSeedKnown = seed === undefined || Math.abs(seed) <= MAX_SEED;
  if (!isSeedKnown) losses.drop("seed");
  const thinking = request.reasoning && writeThinking(request.reasoning, context);
  const members: Record<string, unknown> = {
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    candidateCount: request.candidates,
    maxOutputTokens: request.maxTokens,
    stopSequences: stop,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    seed: isSeedKnown ? seed : undefined,
    responseLogprobs: logprobs === undefined ? undefined : true,
    logprobs: logprobs?.top || undefined,
    ...writeOutput(request),
    thinkingConfig: thinking,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A schema's name says nothing to the model; its description goes into the schema. */
function writeOutput({ output }: ChatRequest): JsonObject {
  if (output === undefined) return {};
  const responseMimeType = "application/json";
  if (output.kind === "json") return { responseMimeType };
  const { description, schema } = output;
  const described = description === undefined || Object.hasOwn(schema, "description")
    ? schema
    : { description, ...schema };
  return { responseMimeType, responseJsonSchema: described };
}

/** A level and a budget together are refused, so one is written: the level where the model has levels. */
function writeThinking(reasoning: ChatReasoning, { model, losses }: WriteContext): JsonObject | undefined {
  const { enabled, effort, budgetTokens, show, summary } = reasoning;
  const isShown = show ?? (summary === undefined ? undefined : true);
  const config: JsonObject = isShown === undefined ? {} : { includeThoughts: isShown };
  const isBeyond = effort === "xhigh" || effort === "max";
  if (enabled === false) config.thinkingBudget = 0;
  else if (effort !== undefined && isThirdGeneration(model)) {
    if (isBeyond) losses.drop("reasoning", effort);
    config.thinkingLevel = LEVELS[effort];
  } else if (budgetTokens !== undefined) config.thinkingBudget = budgetTokens;
  else if (effort !== undefined) {
    if (isBeyond) losses.drop("reasoning", effort);
    config.thinkingBudget = BUDGETS[effort];
  } else if (enabled === true) config.thinkingBudget = -1;
  return Object.keys(config).length === 0 ? undefined : config;
}
