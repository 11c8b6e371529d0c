import { defineFormat } from "../format.ts";
import { assembleAnyAnswer } from "./assembly/any_answer_assembler.ts";
import { GEMINI_KEEP_ALIVE, geminiErrorBody, geminiErrorEvent } from "./errors.ts";
import { geminiPathModel, verbPaths } from "./paths.ts";
import { anyAnswerReader } from "./streams/any_answer_reader.ts";
import { geminiTokenCountSide } from "./translation/token_count_side.ts";

/** Gemini's `countTokens`. What it counts is no usage: nothing is generated and nothing billed. */
export const geminiCountTokens = defineFormat({
  type: "gemini_count_tokens",
  paths: verbPaths("countTokens"),
  grant: "inference",
  pathModel: geminiPathModel,
  tokenCount: geminiTokenCountSide,
  streamReader: anyAnswerReader,
  readAnswer: () => ({}),
  assemble: assembleAnyAnswer,
  errorBody: geminiErrorBody,
  errorEvent: geminiErrorEvent,
  keepAlive: GEMINI_KEEP_ALIVE,
});
