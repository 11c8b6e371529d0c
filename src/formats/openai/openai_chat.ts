import { defineFormat } from "../format.ts";
import { chatSide } from "./chat/chat_side.ts";
import { assembleChoices } from "./assembly/choices_assembler.ts";
import { choicesReader } from "./streams/choices_reader.ts";
import { OPENAI_KEEP_ALIVE, openaiErrorBody, openaiErrorEvent } from "./errors.ts";
import { answerFacts, firstFinish } from "./usage.ts";
import { answerMembers } from "../whole_answer.ts";

const CREATE = "/v1/chat/completions";

/** OpenAI chat completions, and the stored ones of an account. */
export const openaiChat = defineFormat({
  type: "openai_chat",
  paths: [`* ${CREATE}`, `* ${CREATE}/*`],
  grant: (method, path) => method === "POST" && path === CREATE ? "inference" : "account",
  prompt: { preamble: ["tools", "functions", "response_format"], turns: "messages" },
  chat: chatSide,
  streamReader: choicesReader,
  readAnswer(body) {
    const members = answerMembers(body, ["usage", "model", "choices", "service_tier"]);
    return answerFacts(members.usage, members.model, firstFinish(members.choices), members.service_tier);
  },
  assemble: (stream) => assembleChoices(stream, { object: "chat.completion", answer: "message" }),
  errorBody: openaiErrorBody,
  errorEvent: openaiErrorEvent,
  keepAlive: OPENAI_KEEP_ALIVE,
});
