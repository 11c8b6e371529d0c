import type { ChatSide } from "../../translation/translation.ts";
import { readResponsesAnswer } from "./answer/read_answer.ts";
import { writeResponsesAnswer } from "./answer/write_answer.ts";
import { responsesEventReader } from "./events/event_reader.ts";
import { responsesEventWriter } from "./events/event_writer.ts";
import { readResponsesRequest } from "./request/read_request.ts";
import { writeResponsesRequest } from "./request/write_request.ts";

/** The Responses format (`POST /v1/responses`) to and from the hub. */
export const responsesSide: ChatSide = {
  fieldNames: {
    topP: "top_p",
    logprobs: "top_logprobs",
    output: "text.format",
    outputStrict: "text.format.strict",
    parallelTools: "parallel_tool_calls",
    toolChoice: "tool_choice",
    toolStrict: "tools.strict",
    tier: "service_tier",
    cache: "prompt_cache_breakpoint",
    detail: "input_image.detail",
    citations: "annotations",
    reasoningSignature: "encrypted_content",
    reasoningText: "input.reasoning",
    systemPosition: "input.developer",
    fileName: "filename",
    toolResultMedia: "function_call_output.output",
  },
  // What keeps state at the vendor or runs there is refused; so is, by default, what is not named here.
  ownMembers: {
    previous_response_id: "refuse",
    conversation: "refuse",
    background: "refuse",
    prompt: "refuse",
    "block.item_reference": "refuse",
    include: "drop",
    truncation: "drop",
    max_tool_calls: "drop",
    client_metadata: "drop",
    stream_options: "drop",
    context_management: "drop",
    "reasoning.mode": "drop",
    "reasoning.context": "drop",
    "part.annotations": "drop",
    "part.phase": "drop",
    "part.detail": "drop",
    "part.message": "drop",
    "part.other": "drop",
    // Codex offers it with every request; the model may do without, and a choice that demands it is refused.
    "tool_type.web_search": "drop",
    "tool_type.web_search_preview": "drop",
    "tool.namespace": "drop",
    "tool.defer_loading": "drop",
    "tool.allowed_callers": "drop",
    "tool.output_schema": "drop",
    "tool.async": "drop",
    "tool.other": "drop",
  },
  readRequest: readResponsesRequest,
  writeRequest: writeResponsesRequest,
  readAnswer: readResponsesAnswer,
  writeAnswer: writeResponsesAnswer,
  eventReader: responsesEventReader,
  eventWriter: responsesEventWriter,
};
