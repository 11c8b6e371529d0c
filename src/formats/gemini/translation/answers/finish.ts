import type { ChatFinish } from "../../../../core/chat.ts";
import { unusable } from "../../../translation/unusable.ts";
import { FAILURES } from "../../failures.ts";

/**
 * The hub's word for each of Gemini's finish reasons; those not named here mean that the model stopped. `STOP`
 * after a function call is `tool_calls`. `CONTINUATION` asks to be continued, as Anthropic's pause does.
 */
const FINISHES: Readonly<Record<string, ChatFinish>> = {
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  IMAGE_OTHER: "content_filter",
  NO_IMAGE: "content_filter",
  CONTINUATION: "pause",
};

/** The hub's finish for a reason; undefined where the candidate has not finished. Throws {@link unusable} for {@link FAILURES}. */
export function readFinish(reason: unknown, hasCalls: boolean): ChatFinish | undefined {
  if (typeof reason !== "string" || reason === "" || reason === "FINISH_REASON_UNSPECIFIED") return undefined;
  if (FAILURES.has(reason)) throw unusable(`The model gave no whole answer (finish reason ${reason}).`);
  const finish = Object.hasOwn(FINISHES, reason) ? FINISHES[reason] : undefined;
  return finish ?? (hasCalls ? "tool_calls" : "stop");
}

/** Gemini's finish reason for one of the hub's. */
export function writeFinish(finish: ChatFinish): string {
  if (finish === "length" || finish === "context") return "MAX_TOKENS";
  return finish === "content_filter" ? "SAFETY" : "STOP";
}
