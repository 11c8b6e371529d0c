import type { AnswerFacts } from "../../core/answer.ts";
import { isJsonObject } from "../../core/bytes/exact_json.ts";
import { answerMembers } from "../whole_answer.ts";
import { joinedAnswer } from "./assembly/generate_assembler.ts";
import { answerFacts } from "./usage.ts";

const BRACKET = 0x5b;

const decoder = new TextDecoder();

/** Facts of a whole answer, also of a stream that came as a JSON array. */
export function readWholeAnswer(body: Uint8Array): AnswerFacts {
  const first = body.find((byte) => byte > 0x20);
  if (first !== BRACKET) {
    return answerFacts(
      answerMembers(body, ["usageMetadata", "modelVersion", "candidates", "promptFeedback"]),
    );
  }
  try {
    const events: unknown = JSON.parse(decoder.decode(body));
    return Array.isArray(events) ? answerFacts(joinedAnswer(events.filter(isJsonObject))) : {};
  } catch {
    return {};
  }
}
