import type { ChatFinish } from "../../../../core/chat.ts";

const FINISHES: Readonly<Record<string, ChatFinish>> = {
  ["max_tokens"]: "length",
  ["tool_use"]: "tool_calls",
  refusal: "content_filter",
  ["pause_turn"]: "pause",
  ["model_context_window_exceeded"]: "context",
};

/** Reads `stop_reason`; words that came after us end an answer like any other. */
export function readFinish(stopReason: unknown): ChatFinish {
  return typeof stopReason === "string" && Object.hasOwn(FINISHES, stopReason)
    ? FINISHES[stopReason] ?? "stop"
    : "stop";
}

/** What decides `stop_reason` beside the finish itself. */
export interface FinishFacts {
  readonly stopSequence?: string | undefined;
  readonly hasCalls: boolean;
  readonly hasRefusal: boolean;
}

/** Writes `stop_reason`. Some servers say `stop` although tools were called, or while the model declined. */
export function writeFinish(finish: ChatFinish, { stopSequence, hasCalls, hasRefusal }: FinishFacts): string {
  switch (finish) {
    case "length":
      return "max_tokens";
    case "tool_calls":
      return "tool_use";
    case "content_filter":
      return "refusal";
    case "context":
      return "model_context_window_exceeded";
    case "pause":
      return "pause_turn";
    case "stop":
      if (hasCalls) return "tool_use";
      if (hasRefusal) return "refusal";
      return stopSequence === undefined ? "end_turn" : "stop_sequence";
  }
}

/** `stop_details` of an answer that was declined; the category is the vendor's own affair. */
export function refusalDetails(stopReason: string, refusal: string): unknown {
  if (stopReason !== "refusal" || refusal === "") return null;
  return { type: "refusal", category: null, explanation: refusal };
}

/** An answer's id in this format's style. */
export function messageId(requestId: string): string {
  return `msg_${requestId.replaceAll("-", "")}`;
}
