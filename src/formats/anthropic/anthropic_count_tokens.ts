import { defineFormat } from "../format.ts";
import { answerMembers } from "../whole_answer.ts";
import { assembleAnyEvents } from "./assembly/any_event_assembler.ts";
import { anthropicTokenCount } from "./chat/chat_side.ts";
import {
  ANTHROPIC_KEEP_ALIVE,
  anthropicErrorBody,
  anthropicErrorEvent,
  anthropicErrorStatus,
} from "./errors.ts";
import { anyEventReader } from "./streams/any_event_reader.ts";
import { answerFacts } from "./usage.ts";

/** How many tokens an Anthropic message would have; the format knows no streaming, and its count is no usage: nothing was spent. */
export const anthropicCountTokens = defineFormat({
  type: "anthropic_count_tokens",
  paths: ["POST /v1/messages/count_tokens"],
  grant: "inference",
  prompt: { preamble: ["tools", "system"], turns: "messages" },
  tokenCount: anthropicTokenCount,
  streamReader: anyEventReader,
  readAnswer: (body) => answerFacts(answerMembers(body, ["model"])),
  assemble: assembleAnyEvents,
  errorStatus: anthropicErrorStatus,
  errorBody: anthropicErrorBody,
  errorEvent: anthropicErrorEvent,
  keepAlive: ANTHROPIC_KEEP_ALIVE,
});
