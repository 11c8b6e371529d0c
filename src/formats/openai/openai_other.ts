import { defineFormat } from "../format.ts";
import { assembleAnyEvents } from "./assembly/any_event_assembler.ts";
import { anyEventReader } from "./streams/any_event_reader.ts";
import { OPENAI_KEEP_ALIVE, openaiErrorBody, openaiErrorEvent } from "./errors.ts";
import { answerFacts } from "./usage.ts";
import { answerMembers } from "../whole_answer.ts";

/** What runs a model and keeps nothing in the account. All else under `/v1/`, also what we do not know, is the account's. */
const INFERENCE = new Set([
  "/v1/moderations",
  "/v1/images/generations",
  "/v1/images/edits",
  "/v1/images/variations",
  "/v1/audio/speech",
  "/v1/audio/transcriptions",
  "/v1/audio/translations",
]);

/** Every OpenAI path without a format of its own: images, audio, moderation, files, batches and what is to come. */
export const openaiOther = defineFormat({
  type: "openai_other",
  paths: ["* /v1/*"],
  grant: (method, path) => method === "POST" && INFERENCE.has(path) ? "inference" : "account",
  streamReader: anyEventReader,
  readAnswer(body) {
    const { usage, model } = answerMembers(body, ["usage", "model"]);
    return answerFacts(usage, model, undefined);
  },
  assemble: assembleAnyEvents,
  errorBody: openaiErrorBody,
  errorEvent: openaiErrorEvent,
  keepAlive: OPENAI_KEEP_ALIVE,
});
