import { defineFormat } from "../format.ts";
import { answerMembers } from "../whole_answer.ts";
import { assembleAnyEvents } from "./assembly/any_event_assembler.ts";
import {
  ANTHROPIC_KEEP_ALIVE,
  anthropicErrorBody,
  anthropicErrorEvent,
  anthropicErrorStatus,
} from "./errors.ts";
import { anyEventReader } from "./streams/any_event_reader.ts";
import { answerFacts } from "./usage.ts";

const COMPLETE = "/v1/complete";

/** Anthropic paths without a format of their own that no other vendor has: batches and skills of an account, and the old text completions. */
export const anthropicOther = defineFormat({
  type: "anthropic_other",
  paths: [
    "* /v1/messages/batches",
    "* /v1/messages/batches/*",
    "* /v1/skills",
    "* /v1/skills/*",
    `POST ${COMPLETE}`,
  ],
  grant: (method, path) => method === "POST" && path === COMPLETE ? "inference" : "account",
  streamReader: anyEventReader,
  readAnswer(body) {
    const { usage, model, stop_reason: finish } = answerMembers(body, ["usage", "model", "stop_reason"]);
    return answerFacts({ usage, model, finish });
  },
  assemble: assembleAnyEvents,
  errorStatus: anthropicErrorStatus,
  errorBody: anthropicErrorBody,
  errorEvent: anthropicErrorEvent,
  keepAlive: ANTHROPIC_KEEP_ALIVE,
});
