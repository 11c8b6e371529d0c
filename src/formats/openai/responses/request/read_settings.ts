import type { ChatOutput, ChatReasoning, ChatRequest } from "../../../../core/chat.ts";
import { invalid, type Members } from "../wire.ts";

const EFFORTS = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** What the answers of a request may also hold: the words of `include` that the hub knows. */
const LOGPROBS = "message.output_text.logprobs";

/** Reads `text.format`. */
export function readOutput(text: Members | undefined): ChatOutput | undefined {
  const format = text?.members("format");
  switch (format?.text("type")) {
    case undefined:
    case "text":
      return undefined;
    case "json_object":
      return { kind: "json" };
    case "json_schema":
      return {
        kind: "schema",
        name: format?.text("name"),
        description: format?.text("description"),
        schema: format?.members("schema")?.object ?? invalid("text.format.schema", "is missing"),
        strict: format?.boolean("strict"),
      };
    default:
      return invalid("text.format.type", "must be 'text', 'json_object' or 'json_schema'");
  }
}

/** Reads `reasoning`: effort and summary. */
export function readReasoningWish(reasoning: Members | undefined): ChatReasoning | undefined {
  const word = reasoning?.text("effort");
  const summary = reasoning?.text("summary") ?? reasoning?.text("generate_summary");
  if (word === undefined && summary === undefined) return undefined;
  const effort = EFFORTS.find((known) => known === word);
  if (word !== undefined && word !== "none" && effort === undefined) {
    invalid(
      "reasoning.effort",
      `must be 'none' or one of ${EFFORTS.map((known) => `'${known}'`).join(", ")}`,
    );
  }
  return {
    ...(word === "none" ? { enabled: false } : {}),
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { show: true, summary }),
  };
}

/** Reads `top_logprobs` and the word for log probabilities in `include`. */
export function readLogprobs(body: Members): ChatRequest["logprobs"] {
  const top = body.number("top_logprobs");
  const isIncluded = body.list("include")?.includes(LOGPROBS) ?? false;
  return isIncluded || (top ?? 0) > 0 ? { top } : undefined;
}

/** The rest of `include`; undefined where nothing is left. */
export function otherIncludes(body: Members): readonly unknown[] | undefined {
  const rest = body.list("include")?.filter((word) => word !== LOGPROBS);
  return rest?.length ? rest : undefined;
}

/** Writes `include` again: the log probabilities, then the rest. */
export function writeIncludes(
  logprobs: ChatRequest["logprobs"],
  rest: readonly unknown[],
): readonly unknown[] {
  return logprobs === undefined ? rest : [...rest, LOGPROBS];
}
