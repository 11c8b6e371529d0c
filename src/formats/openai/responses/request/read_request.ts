import type { ChatRequest } from "../../../../core/chat.ts";
import type { JsonObject } from "../../../../core/bytes/exact_json.ts";
import type { ReceivedRequest } from "../../../translation/translation.ts";
import { compact, Members, ownNative } from "../wire.ts";
import { readInput } from "./read_items.ts";
import { otherIncludes, readLogprobs, readOutput, readReasoningWish } from "./read_settings.ts";
import { readToolChoice, readTools } from "./read_tools.ts";

/**
 * Members that chat completions have too, with the same name and meaning. `verbosity` stands in `text` here and at
 * the top there; the hub holds it by chat's name.
 */
export const SHARED_MEMBERS = [
  "metadata",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "safety_identifier",
  "moderation",
] as const;

/** Members that the hub has words for, or that say nothing (`store`, see {@link readOpenai}). */
const READ_MEMBERS = new Set<string>([
  ...SHARED_MEMBERS,
  "model",
  "stream",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "include",
  "text",
  "reasoning",
  "user",
  "service_tier",
  "store",
]);

/** Values that ask for what happens anyway. */
const DEFAULTS: Readonly<Record<string, unknown>> = { background: false, truncation: "disabled" };

/** Reads a request of the Responses format. Throws `GatewayError` `invalid_body` with the path of what is malformed. */
export function readResponsesRequest({ body, model, stream }: ReceivedRequest): ChatRequest {
  const members = new Members(body);
  const { system, turns } = readInput(members);
  const text = members.members("text");
  const reasoning = members.members("reasoning");
  const { choice, native: ownChoice } = readToolChoice(members);
  return {
    model,
    stream,
    streamUsage: true,
    system,
    turns,
    tools: readTools(members),
    toolChoice: choice,
    parallelTools: members.boolean("parallel_tool_calls"),
    maxTokens: members.number("max_output_tokens"),
    temperature: members.number("temperature"),
    topP: members.number("top_p"),
    logprobs: readLogprobs(members),
    output: readOutput(text),
    reasoning: readReasoningWish(reasoning),
    user: members.text("user"),
    tier: members.text("service_tier"),
    openai: readOpenai(members, text),
    native: ownNative({
      ...ownTop(members),
      ...nested("text", text, ["format", "verbosity"]),
      ...nested("reasoning", reasoning, ["effort", "summary", "generate_summary"]),
      include: otherIncludes(members),
      tool_choice: ownChoice,
    }),
  };
}

/** Only a wish to store is kept: without it nothing is stored, which is what `store: false` asks for. */
function readOpenai(members: Members, text: Members | undefined): JsonObject | undefined {
  const shared = compact({
    ...Object.fromEntries(SHARED_MEMBERS.map((name) => [name, members.value(name)])),
    verbosity: text?.value("verbosity"),
    store: members.boolean("store") === true ? true : undefined,
  });
  return Object.keys(shared).length === 0 ? undefined : shared;
}

function ownTop(members: Members): JsonObject {
  const rest = Object.entries(members.others(READ_MEMBERS) ?? {});
  return Object.fromEntries(rest.filter(([name, value]) => DEFAULTS[name] !== value));
}

function nested(path: string, members: Members | undefined, known: readonly string[]): JsonObject {
  const rest = Object.entries(members?.others(new Set(known)) ?? {});
  return Object.fromEntries(rest.map(([name, value]) => [`${path}.${name}`, value]));
}
