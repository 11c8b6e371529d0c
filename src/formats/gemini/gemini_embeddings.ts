import { defineFormat } from "../format.ts";
import { answerMembers } from "../whole_answer.ts";
import { assembleAnyAnswer } from "./assembly/any_answer_assembler.ts";
import { GEMINI_KEEP_ALIVE, geminiErrorBody, geminiErrorEvent } from "./errors.ts";
import { geminiPathModel, verbPaths } from "./paths.ts";
import { anyAnswerReader } from "./streams/any_answer_reader.ts";
import { geminiEmbeddingsSide } from "./translation/embeddings_side.ts";
import { answerFacts } from "./usage.ts";

/** Gemini's `embedContent` and `batchEmbedContents`; the format knows no streaming. */
export const geminiEmbeddings = defineFormat({
  type: "gemini_embeddings",
  paths: verbPaths("embedContent", "batchEmbedContents"),
  grant: "inference",
  pathModel: geminiPathModel,
  embeddings: geminiEmbeddingsSide,
  streamReader: anyAnswerReader,
  readAnswer: (body) => answerFacts(answerMembers(body, ["usageMetadata", "modelVersion"])),
  assemble: assembleAnyAnswer,
  errorBody: geminiErrorBody,
  errorEvent: geminiErrorEvent,
  keepAlive: GEMINI_KEEP_ALIVE,
});
