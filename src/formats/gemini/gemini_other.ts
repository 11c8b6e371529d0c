import { defineFormat } from "../format.ts";
import { answerMembers } from "../whole_answer.ts";
import { assembleAnyAnswer } from "./assembly/any_answer_assembler.ts";
import { GEMINI_KEEP_ALIVE, geminiErrorBody, geminiErrorEvent } from "./errors.ts";
import { geminiPathModel, verbOf, verbPaths } from "./paths.ts";
import { anyAnswerReader } from "./streams/any_answer_reader.ts";
import { answerFacts } from "./usage.ts";

/** Verbs that run a model and keep nothing in the account. All else, also what we do not know, is the account's. */
const INFERENCE = [
  "predict",
  "predictLongRunning",
  "generateAnswer",
  "generateText",
  "generateMessage",
  "embedText",
  "batchEmbedText",
  "countTextTokens",
  "countMessageTokens",
];

/** Verbs that leave something behind: batches, their results. */
const ACCOUNT = ["batchGenerateContent", "asyncBatchEmbedContent", "transferOwnership"];

const runs = new Set(INFERENCE);

/**
 * Every Gemini path without a format of its own: files, caches, batches, operations, interactions, tuning, media
 * models. Under `/v1/`, which is OpenAI's as well, only verbs on a model are told to be Gemini's by their path.
 */
export const geminiOther = defineFormat({
  type: "gemini_other",
  paths: ["* /v1beta/*", "* /v1alpha/*", ...verbPaths(...INFERENCE, ...ACCOUNT)],
  grant: (method, path) => method === "POST" && runs.has(verbOf(path) ?? "") ? "inference" : "account",
  pathModel: geminiPathModel,
  streamReader: anyAnswerReader,
  readAnswer: (body) => answerFacts(answerMembers(body, ["usageMetadata", "modelVersion"])),
  assemble: assembleAnyAnswer,
  errorBody: geminiErrorBody,
  errorEvent: geminiErrorEvent,
  keepAlive: GEMINI_KEEP_ALIVE,
});
