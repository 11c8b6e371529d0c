import type { ChatSide, Side, TokenCountSide } from "../../translation/translation.ts";
import { exactNumber } from "../../../core/bytes/exact_json.ts";
import { MessageEventReader } from "./answer/event_reader.ts";
import { MessageEventWriter } from "./answer/event_writer.ts";
import { readMessage } from "./answer/read_answer.ts";
import { writeMessage } from "./answer/write_answer.ts";
import { BILLING_MEMBER, readMessagesRequest } from "./request/read_request.ts";
import { writeMessagesRequest } from "./request/write_request.ts";

/** How Anthropic spells what the hub has words for. */
const FIELD_NAMES: Side<never, never>["fieldNames"] = {
  topP: "top_p",
  topK: "top_k",
  stop: "stop_sequences",
  output: "output_config.format",
  reasoning: "thinking",
  parallelTools: "tool_choice.disable_parallel_tool_use",
  toolChoice: "tool_choice",
  toolStrict: "tools.strict",
  user: "metadata.user_id",
  tier: "service_tier",
  cache: "cache_control",
  isError: "is_error",
  reasoningSignature: "thinking.signature",
  reasoningText: "messages.thinking",
  systemPosition: "messages.role",
  fileName: "title",
  toolResultMedia: "tool_result.content",
};

/**
 * What only this vendor knows and an answer can do without. Not named, so refused: what an answer rests on
 * (`container`, `mcp_servers`, `thread`, `inference_geo`), server tools and their blocks, documents made of blocks.
 */
const OWN_MEMBERS: Side<never, never>["ownMembers"] = {
  [BILLING_MEMBER]: "drop",
  ["cache_control"]: "drop",
  ["context_management"]: "drop",
  diagnostics: "drop",
  fallbacks: "drop",
  speed: "drop",
  ["thinking.type"]: "drop",
  ["output_config.task_budget"]: "drop",
  ["part.citations"]: "drop",
  ["part.context"]: "drop",
  ["part.caller"]: "drop",
  ["part.search_result"]: "drop",
  ["part.content.tool_reference"]: "drop",
  ["turn.output_config"]: "drop",
  ["turn.clear_at"]: "drop",
  ["tool.allowed_callers"]: "drop",
  ["tool.defer_loading"]: "drop",
  ["tool.eager_input_streaming"]: "drop",
  ["tool.input_examples"]: "drop",
};

/** Anthropic messages to and from the hub. Source of its rules: the vendor's API reference and SDK 1.14. */
export const anthropicChat: ChatSide = {
  fieldNames: FIELD_NAMES,
  ownMembers: OWN_MEMBERS,
  readRequest: (request) => readMessagesRequest(request, "create"),
  writeRequest: (request, context) => writeMessagesRequest(request, context, "create"),
  readAnswer: readMessage,
  writeAnswer: writeMessage,
  eventReader: () => new MessageEventReader(),
  eventWriter: (context) => new MessageEventWriter(context),
};

/** Anthropic's count of the tokens of a message request to and from the hub. */
export const anthropicTokenCount: TokenCountSide = {
  fieldNames: FIELD_NAMES,
  ownMembers: OWN_MEMBERS,
  readRequest: (request) => readMessagesRequest(request, "count_tokens"),
  writeRequest: (request, context) => writeMessagesRequest(request, context, "count_tokens"),
  readAnswer: ({ input_tokens: count }) => ({ inputTokens: exactNumber(count) ?? 0 }),
  writeAnswer: ({ inputTokens }) => ({ ["input_tokens"]: inputTokens }),
};
