import { defineFormat } from "../format.ts";
import { assembleChoices } from "./assembly/choices_assembler.ts";
import { choicesReader } from "./streams/choices_reader.ts";
import { OPENAI_KEEP_ALIVE, openaiErrorBody, openaiErrorEvent } from "./errors.ts";
import { answerFacts, firstFinish } from "./usage.ts";
import { answerMembers } from "../whole_answer.ts";

/** OpenAI's older text completions. */
export const openaiCompletions = defineFormat({
  type: "openai_completions",
  paths: ["POST /v1/completions"],
  grant: "inference",
  streamReader: choicesReader,
  readAnswer(body) {
    const { usage, model, choices } = answerMembers(body, ["usage", "model", "choices"]);
    return answerFacts(usage, model, firstFinish(choices));
  },
  assemble: (stream) => assembleChoices(stream, { object: "text_completion", answer: "text" }),
  errorBody: openaiErrorBody,
  errorEvent: openaiErrorEvent,
  keepAlive: OPENAI_KEEP_ALIVE,
});
