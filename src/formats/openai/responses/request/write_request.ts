import type { ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { HubField, Losses, WriteContext, WrittenRequest } from "../../../translation/translation.ts";
import { compact, ownMembersOf, RESPONSES } from "../wire.ts";
import { SHARED_MEMBERS } from "./read_request.ts";
import { writeIncludes } from "./read_settings.ts";
import { writeSystem, writeTurns } from "./write_items.ts";
import { writeReasoningWish, writeText } from "./write_settings.ts";
import { TOOL_NAME_RULE, writeToolChoice, writeTools } from "./write_tools.ts";

const ENCRYPTED_REASONING = "reasoning.encrypted_content";

/** What the format has no place for and an answer is right without. */
const DROPPED = [
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const satisfies readonly HubField[];

const WRITTEN_OPENAI = new Set<string>([...SHARED_MEMBERS, "verbosity", "store"]);

/** Writes a request for an upstream of the Responses format. Nothing is stored unless the client asks for it. */
export function writeResponsesRequest(request: ChatRequest, context: WriteContext): WrittenRequest {
  const { losses, names } = context;
  tellLosses(request, losses);
  const { instructions, items } = writeSystem(request.system, context);
  const { include, tool_choice, ...own } = ownMembersOf(request);
  const nameOf = (name: string) => names.wire(name, TOOL_NAME_RULE);
  const body = compact({
    model: context.model,
    instructions,
    input: [...items, ...writeTurns(request, context)],
    tools: request.tools.length === 0 ? undefined : writeTools(request.tools, nameOf, losses),
    tool_choice: tool_choice ?? writeToolChoice(request.toolChoice, request.tools, nameOf),
    parallel_tool_calls: request.parallelTools,
    max_output_tokens: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.logprobs?.top,
    include: includesOf(request, include),
    text: writeText(request),
    reasoning: writeReasoningWish(request),
    user: request.user,
    service_tier: request.tier,
    ...Object.fromEntries(SHARED_MEMBERS.map((name) => [name, request.openai?.[name]])),
    ...topOwn(own),
    store: request.openai?.store === true,
    stream: request.stream || undefined,
  });
  return { path: "/v1/responses", query: "", body };
}

function tellLosses(request: ChatRequest, losses: Losses): void {
  if (request.stop?.length) {
    losses.refuse(
      "stop",
      "the Responses format has no stop sequences; leave them out or ask for another model",
    );
  }
  if ((request.candidates ?? 1) > 1) {
    losses.refuse("candidates", "the Responses format gives one answer; send the request several times");
  }
  for (const field of DROPPED) {
    if (request[field] !== undefined) losses.drop(field);
  }
  for (const name of Object.keys(request.openai ?? {})) {
    if (!WRITTEN_OPENAI.has(name)) losses.drop("openai", name);
  }
}

/**
 * Thoughts are asked for encrypted where the request shows that the model thinks, so that they can come back with
 * the next turn; models that do not think refuse the word.
 */
function includesOf(request: ChatRequest, own: unknown): readonly unknown[] | undefined {
  const told: readonly unknown[] = Array.isArray(own) ? own : [];
  const isThinking = (request.reasoning !== undefined && request.reasoning.enabled !== false) ||
    request.turns.some(({ parts }) =>
      parts.some((part) => part.kind === "reasoning" && part.signature?.format === RESPONSES)
    );
  const isAdded = isThinking && request.native?.format !== RESPONSES && !told.includes(ENCRYPTED_REASONING);
  const all = writeIncludes(request.logprobs, isAdded ? [...told, ENCRYPTED_REASONING] : told);
  return all.length === 0 ? undefined : all;
}

/** Members of the format's own that stand at the top; those with a path stand inside others. */
function topOwn(own: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !name.includes(".")));
}
