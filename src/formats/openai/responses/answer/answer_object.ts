import type { ChatFinish, ChatRequest, ChatUsage } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { AnswerContext } from "../../../translation/translation.ts";
import { writeReasoningWish, writeText } from "../request/write_settings.ts";
import { writeToolChoice, writeTools } from "../request/write_tools.ts";
import { ownMembersOf } from "../wire.ts";

/** Context of an answer to a chat request. */
export type ChatAnswerContext = AnswerContext<ChatRequest>;

/** How far an answer is, with what belongs to that. */
export interface AnswerState {
  readonly status: "in_progress" | "completed" | "incomplete";
  readonly finish?: ChatFinish | undefined;
  readonly output: readonly JsonObject[];
  readonly usage?: ChatUsage | undefined;
}

/** Where an answer stops short, in the format's word; undefined where it is complete. */
export function incompleteReason(finish: ChatFinish | undefined): string | undefined {
  if (finish === "length" || finish === "context") return "max_output_tokens";
  return finish === "content_filter" ? "content_filter" : undefined;
}

/**
 * The `response` object. It repeats the settings of its request as the vendor does, from what the hub holds: a
 * setting left out is told by the vendor's default. What is answered by translation is never stored.
 */
export function answerObject(context: ChatAnswerContext, state: AnswerState): JsonObject {
  const { asked, model } = context;
  const { openai } = asked;
  const own = ownMembersOf(asked);
  const nameOf = (name: string) => name;
  const reason = incompleteReason(state.finish);
  return {
    id: answerId(context),
    object: "response",
    created_at: context.createdSeconds,
    status: state.status,
    background: false,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: asked.system[0]?.text ?? null,
    max_output_tokens: asked.maxTokens ?? null,
    max_tool_calls: own.max_tool_calls ?? null,
    model,
    output: state.output,
    parallel_tool_calls: asked.parallelTools ?? true,
    previous_response_id: null,
    prompt_cache_key: openai?.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...writeReasoningWish(asked) },
    safety_identifier: openai?.safety_identifier ?? null,
    service_tier: asked.tier ?? "default",
    store: false,
    temperature: asked.temperature ?? 1,
    text: { format: { type: "text" }, ...writeText(asked) },
    tool_choice: own.tool_choice ?? writeToolChoice(asked.toolChoice, asked.tools, nameOf) ?? "auto",
    tools: writeTools(asked.tools, nameOf, undefined),
    top_logprobs: asked.logprobs?.top ?? 0,
    top_p: asked.topP ?? 1,
    truncation: own.truncation ?? "disabled",
    usage: state.usage === undefined ? null : writeUsage(state.usage),
    user: asked.user ?? null,
    metadata: openai?.metadata ?? {},
  };
}

/** Writes token counts; totals include their parts, as in the hub. */
export function writeUsage(usage: ChatUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      ...(usage.cacheWriteTokens === undefined ? {} : { cache_write_tokens: usage.cacheWriteTokens }),
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}

/** Beginnings of ids, by the item's type. */
export const ITEM_PREFIXES = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  custom_tool_call: "ctc",
} as const;

/** Id of the answer: the same for every time it is told. */
export function answerId({ requestId }: { readonly requestId: string }): string {
  return `resp_${requestId.replaceAll("-", "")}`;
}

/** Id of the item at `index` of the answer's output. */
export function itemId(
  type: keyof typeof ITEM_PREFIXES,
  { requestId }: { readonly requestId: string },
  index: number,
): string {
  return `${ITEM_PREFIXES[type]}_${requestId.replaceAll("-", "")}${index.toString(16).padStart(4, "0")}`;
}
