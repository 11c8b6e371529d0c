import { defineFormat } from "../format.ts";
import { answerMembers } from "../whole_answer.ts";
import { assembleMessage } from "./assembly/messages_assembler.ts";
import { anthropicChat } from "./chat/chat_side.ts";
import {
  ANTHROPIC_KEEP_ALIVE,
  anthropicErrorBody,
  anthropicErrorEvent,
  anthropicErrorStatus,
} from "./errors.ts";
import { messagesReader } from "./streams/messages_reader.ts";
import { answerFacts } from "./usage.ts";

/** Anthropic messages. */
export const anthropicMessages = defineFormat({
  type: "anthropic_messages",
  paths: ["POST /v1/messages"],
  grant: "inference",
  prompt: { preamble: ["tools", "system"], turns: "messages" },
  chat: anthropicChat,
  streamReader: messagesReader,
  readAnswer(body) {
    const { usage, model, stop_reason: finish } = answerMembers(body, ["usage", "model", "stop_reason"]);
    return answerFacts({ usage, model, finish });
  },
  assemble: assembleMessage,
  errorStatus: anthropicErrorStatus,
  errorBody: anthropicErrorBody,
  errorEvent: anthropicErrorEvent,
  keepAlive: ANTHROPIC_KEEP_ALIVE,
});
