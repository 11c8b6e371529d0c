import { defineFormat } from "../format.ts";
import { assembleGenerate } from "./assembly/generate_assembler.ts";
import { GEMINI_KEEP_ALIVE, geminiErrorBody, geminiErrorEvent } from "./errors.ts";
import { geminiPathModel, verbPaths } from "./paths.ts";
import { generateReader } from "./streams/generate_reader.ts";
import { geminiChatSide } from "./translation/chat_side.ts";
import { readWholeAnswer } from "./whole_answer.ts";

/** Gemini's `generateContent`, and `streamGenerateContent` as server-sent events or as one JSON array. */
export const geminiGenerate = defineFormat({
  type: "gemini_generate",
  paths: verbPaths("generateContent", "streamGenerateContent"),
  grant: "inference",
  prompt: { preamble: ["tools", "systemInstruction"], turns: "contents" },
  pathModel: geminiPathModel,
  streamsArrays: true,
  chat: geminiChatSide,
  streamReader: generateReader,
  readAnswer: readWholeAnswer,
  assemble: assembleGenerate,
  errorBody: geminiErrorBody,
  errorEvent: geminiErrorEvent,
  keepAlive: GEMINI_KEEP_ALIVE,
});
