import { type ClientError, defineFormat } from "../format.ts";
import { eventBytes } from "../events/event_bytes.ts";
import { OPENAI_KEEP_ALIVE, openaiError, openaiErrorBody } from "./errors.ts";
import { assembleResponse } from "./assembly/responses_assembler.ts";
import { responsesSide } from "./responses/responses_side.ts";
import { responsesReader } from "./streams/responses_reader.ts";
import { answerFacts, responseFinish } from "./usage.ts";
import { answerMembers } from "../whole_answer.ts";

/** What runs a model. The rest (stored responses, their items, cancelling) belongs to the account. */
const INFERENCE = new Set(["/v1/responses", "/v1/responses/input_tokens", "/v1/responses/compact"]);

/** OpenAI responses. */
export const openaiResponses = defineFormat({
  type: "openai_responses",
  paths: ["* /v1/responses", "* /v1/responses/*"],
  grant: (method, path) => method === "POST" && INFERENCE.has(path) ? "inference" : "account",
  prompt: { preamble: ["tools", "text", "instructions"], turns: "input", sealed: "encrypted_content" },
  translates: (path) => path === "/v1/responses",
  chat: responsesSide,
  streamReader: responsesReader,
  readAnswer(body) {
    const members = answerMembers(body, ["usage", "model", "status", "incomplete_details", "service_tier"]);
    return answerFacts(members.usage, members.model, responseFinish(members), members.service_tier);
  },
  assemble: assembleResponse,
  errorBody: openaiErrorBody,
  errorEvent,
  keepAlive: OPENAI_KEEP_ALIVE,
});

/**
 * Serves three readers at once (openai-node 7.55, openai-python 3.22 and codex 0.169 were tried): both SDKs
 * raise a top-level `error` whatever the event is called, while openai-python hands on the flat `error` event
 * of the specification as data; codex looks at `response.failed` and the code inside.
 */
function errorEvent(error: ClientError): Uint8Array {
  const { message } = openaiError(error);
  return eventBytes({
    type: "response.failed",
    ["sequence_number"]: 0,
    response: {
      id: `resp_${error.requestId}`,
      object: "response",
      status: "failed",
      error: { code: responseErrorCode(error), message },
      output: [],
    },
    error: openaiError(error),
  }, "response.failed");
}

/** The format's own words, where codex and others act on them. */
function responseErrorCode(error: ClientError): string {
  if (error.code === "insufficient_quota" || error.code === "context_length_exceeded") return error.code;
  if (error.status === 429) return "rate_limit_exceeded";
  return error.status >= 500 ? "server_error" : error.code;
}
