import type { ChatSide } from "../../translation/translation.ts";
import { readAnswer } from "./answer/read_answer.ts";
import { writeAnswer } from "./answer/write_answer.ts";
import { eventReader } from "./events/event_reader.ts";
import { eventWriter } from "./events/event_writer.ts";
import { readRequest } from "./request/read_request.ts";
import { writeRequest } from "./request/write_request.ts";

/** The translation of OpenAI chat completions. */
export const chatSide: ChatSide = {
  fieldNames: {
    topP: "top_p",
    topK: "top_k",
    presencePenalty: "presence_penalty",
    frequencyPenalty: "frequency_penalty",
    candidates: "n",
    output: "response_format",
    outputStrict: "response_format.json_schema.strict",
    reasoning: "reasoning_effort",
    parallelTools: "parallel_tool_calls",
    toolChoice: "tool_choice",
    toolStrict: "tools.function.strict",
    tier: "service_tier",
    cache: "prompt_cache_breakpoint",
    detail: "image_url.detail",
    speakerName: "messages.name",
    citations: "messages.annotations",
    reasoningSignature: "extra_content.google.thought_signature",
    reasoningText: "reasoning_content",
    systemPosition: "messages.role",
    fileName: "file.filename",
    toolResultMedia: "messages.content",
  },
  // Dropped is what steers how an answer is found and not what it is; the rest (`audio`, `modalities`, `functions`,
  // `web_search_options`, grammars and patterns of compatible servers, what is not known) would change the answer.
  ownMembers: {
    ["logit_bias"]: "drop",
    prediction: "drop",
    verbosity: "drop",
    ["stream_options.include_obfuscation"]: "drop",
    ["min_p"]: "drop",
    ["top_a"]: "drop",
    ["repetition_penalty"]: "drop",
    ["enable_thinking"]: "drop",
    ["chat_template_kwargs"]: "drop",
    ["turn.annotations"]: "drop",
    ["turn.reasoning_details"]: "drop",
    ["turn.weight"]: "drop",
    ["part.annotations"]: "drop",
    ["part.extra_content"]: "drop",
  },
  readRequest,
  writeRequest,
  readAnswer,
  writeAnswer,
  eventReader,
  eventWriter,
};
