import type { AnswerRequest } from "./answer.ts";
import { chatCompletion } from "./answers/chat_completion.ts";
import { completion } from "./answers/completion.ts";
import { echo } from "./answers/echo.ts";
import { embeddings } from "./answers/embeddings.ts";
import { fileById, fileList, fileUpload } from "./answers/files.ts";
import { imageEdit, imageGeneration } from "./answers/images.ts";
import { modelFacts, modelList } from "./answers/models.ts";
import { moderations } from "./answers/moderations.ts";
import { response } from "./answers/response.ts";
import { speech } from "./answers/speech.ts";
import { transcription } from "./answers/transcription.ts";

const EXACT: ReadonlyMap<string, AnswerRequest> = new Map([
  ["POST /v1/chat/completions", chatCompletion],
  ["POST /v1/completions", completion],
  ["POST /v1/responses", response],
  ["POST /v1/embeddings", embeddings],
  ["POST /v1/moderations", moderations],
  ["POST /v1/images/generations", imageGeneration],
  ["POST /v1/images/edits", imageEdit],
  ["POST /v1/audio/speech", speech],
  ["POST /v1/audio/transcriptions", transcription],
  ["POST /v1/audio/translations", transcription],
  ["POST /v1/files", fileUpload],
  ["GET /v1/files", fileList],
  ["GET /v1/models", modelList],
]);

const BELOW: readonly (readonly [shape: RegExp, answer: AnswerRequest])[] = [
  [/^GET \/v1\/models\/[^/]+$/, modelFacts],
  [/^(?:GET|DELETE) \/v1\/files\/[^/]+$/, fileById],
  [/^GET \/v1\/files\/[^/]+\/content$/, fileById],
  [/^[A-Z]+ \/v1\/simulated\/echo$/, echo],
];

/** What answers this method and path; undefined when nothing does. */
export function findAnswer(method: string, path: string): AnswerRequest | undefined {
  const line = `${method} ${path}`;
  return EXACT.get(line) ?? BELOW.find(([shape]) => shape.test(line))?.[1];
}
