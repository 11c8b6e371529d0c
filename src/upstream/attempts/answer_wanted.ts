import type { AnswerWanted } from "../answer/answer_check.ts";
import type { AttemptsRequest } from "../attempts_request.ts";
import { framingOf } from "../translation/request_translator.ts";

/** What a request tells of the answer it wants. */
export function answerWanted({ format, request, mode }: AttemptsRequest): AnswerWanted {
  const grant = typeof format?.grant === "function"
    ? format.grant(request.method, request.path)
    : format?.grant;
  return {
    method: request.method,
    mode,
    readable: format !== undefined,
    inference: grant === "inference",
    array: request.stream && format !== undefined && framingOf(format, request) === "json_array",
    events: request.stream && grant === "inference" && format?.type !== "openai_other",
  };
}
