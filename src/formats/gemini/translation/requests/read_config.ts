import type { ChatOutput, ChatReasoning, ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import { jsonSchema } from "../json_schema.ts";
import { invalid, type Members } from "../members.ts";

const JSON_TYPE = "application/json";
const PLAIN_TYPE = "text/plain";

/** Gemini's words for how hard to think; the API knows no other. */
const EFFORTS: Readonly<Record<string, ChatReasoning["effort"]>> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
  XHIGH: "xhigh",
};

/** What `generationConfig` says in the hub's words. */
export type Settings = Pick<
  ChatRequest,
  | "maxTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "presencePenalty"
  | "frequencyPenalty"
  | "seed"
  | "stop"
  | "candidates"
  | "logprobs"
  | "output"
  | "reasoning"
>;

/** Reads `generationConfig`; what the hub has no word for is in `native`, under dotted names. */
export function readConfig(config: Members | undefined): { settings: Settings; native: JsonObject } {
  if (config === undefined) return { settings: {}, native: {} };
  const thinking = config.object("thinkingConfig");
  const { output, native: shape } = readOutput(config);
  const settings: Settings = {
    maxTokens: config.number("maxOutputTokens"),
    temperature: config.number("temperature"),
    topP: config.number("topP"),
    topK: config.number("topK"),
    presencePenalty: config.number("presencePenalty"),
    frequencyPenalty: config.number("frequencyPenalty"),
    seed: config.number("seed"),
    stop: config.texts("stopSequences"),
    candidates: config.number("candidateCount"),
    logprobs: readLogprobs(config),
    output,
    reasoning: thinking && readThinking(thinking),
  };
  const modalities = config.texts("responseModalities") ?? [];
  const native = {
    ...shape,
    ...prefixed("generationConfig.thinkingConfig", thinking?.rest()),
    // Text alone is what every answer is.
    ...(modalities.every((word) => word.toUpperCase() === "TEXT")
      ? {}
      : { "generationConfig.responseModalities": modalities }),
    ...prefixed("generationConfig", config.rest()),
  };
  const told = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { settings: Object.fromEntries(told), native };
}

/** Members under dotted names, as own members are called. */
export function prefixed(path: string, members: JsonObject | undefined): JsonObject {
  return Object.fromEntries(
    Object.entries(members ?? {}).map(([name, value]) => [`${path}.${name}`, value]),
  );
}

function readLogprobs(config: Members): ChatRequest["logprobs"] {
  const wanted = config.flag("responseLogprobs");
  const top = config.number("logprobs");
  if (wanted !== true) return undefined;
  return top === undefined ? {} : { top };
}

/** The shape of the answer; a type that is neither text nor JSON is known to Gemini alone, with its schema. */
function readOutput(config: Members): { output?: ChatOutput; native?: JsonObject } {
  const responseMimeType = config.text("responseMimeType");
  const schema = config.json("responseJsonSchema");
  const older = config.json("responseSchema");
  if (responseMimeType !== undefined && responseMimeType !== JSON_TYPE && responseMimeType !== PLAIN_TYPE) {
    const members = { responseMimeType, responseJsonSchema: schema, responseSchema: older };
    const told = Object.entries(members).filter(([, value]) => value !== undefined);
    return { native: prefixed("generationConfig", Object.fromEntries(told)) };
  }
  if (schema !== undefined) return { output: { kind: "schema", schema } };
  if (older !== undefined) return { output: { kind: "schema", schema: jsonSchema(older) } };
  return responseMimeType === JSON_TYPE ? { output: { kind: "json" } } : {};
}

/** A budget of 0 switches thinking off, and −1 leaves the budget to the model. */
function readThinking(thinking: Members): ChatReasoning | undefined {
  const level = thinking.text("thinkingLevel")?.toUpperCase();
  const budget = thinking.number("thinkingBudget");
  const show = thinking.flag("includeThoughts");
  const effort = level === undefined ? undefined : EFFORTS[level];
  if (level !== undefined && effort === undefined && level !== "THINKING_LEVEL_UNSPECIFIED") {
    throw invalid(thinking.at("thinkingLevel"), `must be one of ${Object.keys(EFFORTS).join(", ")}`);
  }
  const reasoning: ChatReasoning = {
    ...(budget === undefined || budget > 0 ? {} : { enabled: budget < 0 }),
    ...(effort === undefined ? {} : { effort }),
    ...(budget === undefined || budget <= 0 ? {} : { budgetTokens: budget }),
    ...(show === undefined ? {} : { show }),
  };
  return Object.keys(reasoning).length === 0 ? undefined : reasoning;
}
