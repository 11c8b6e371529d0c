import type { Candidate } from "../../balancing/endpoint.ts";
import type { Usage } from "../../core/answer.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Format } from "../../formats/format.ts";
import { type AnswerUsage, answerUsage } from "./answer_usage.ts";
import type { TappedCall } from "./tapped_call.ts";

/** An attempt that is over, as far as its cost is concerned. */
export interface EndedAttempt {
  /** 1 for the first of its request. */
  readonly number: number;
  readonly candidate: Candidate;
  /** The name that the upstream was asked for. */
  readonly model: string | undefined;
  readonly outcome: Outcome;
  /** The answer was relayed whole, as far as its format can tell. */
  readonly whole: boolean;
  /** The format of the answer. */
  readonly format: Format | undefined;
  /** Whether such requests cost tokens at all. */
  readonly costs: boolean;
  readonly tapped: TappedCall;
  /** Tells the limits at the vendor what it really cost. */
  readonly settle: (used: Usage) => void;
}

/** What costs nothing, because the vendor did no work. */
const NOTHING: AnswerUsage = { usage: { inputTokens: 0, outputTokens: 0 }, provenance: "reported" };

/** Reasons of outcomes that tell an error under a 200. */
const ERRORS_FOR_ANSWERS = ["error_in_ok", "error_event"];

/**
 * What an attempt cost, as far as is known now. A request that never left, that was refused, or that asks for
 * something free costs nothing; one that left and has no answer yet is counted by its input.
 */
export function attemptUsage(
  { costs, whole, format, tapped, outcome }: EndedAttempt,
  inputTokens: () => number,
): AnswerUsage {
  const { status, wasSent } = tapped;
  if (!costs || !wasSent || status >= 300) return NOTHING;
  const read = answerUsage(tapped.kept, { format, inputTokens, whole });
  // An error in the place of an answer is a refusal, whatever its status.
  const isRefusal = ERRORS_FOR_ANSWERS.includes(outcome.reason) && read.usage.outputTokens === 0;
  return isRefusal && read.provenance !== "reported" ? NOTHING : read;
}
