import { defineFormat } from "../format.ts";
import { assembleAnyEvents } from "./assembly/any_event_assembler.ts";
import { embeddingsSide } from "./embeddings/embeddings_side.ts";
import { anyEventReader } from "./streams/any_event_reader.ts";
import { OPENAI_KEEP_ALIVE, openaiErrorBody, openaiErrorEvent } from "./errors.ts";
import { answerFacts } from "./usage.ts";
import { answerMembers } from "../whole_answer.ts";

/** OpenAI embeddings; the format knows no streaming, so a stream is taken as it comes. */
export const openaiEmbeddings = defineFormat({
  type: "openai_embeddings",
  paths: ["POST /v1/embeddings"],
  grant: "inference",
  embeddings: embeddingsSide,
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
