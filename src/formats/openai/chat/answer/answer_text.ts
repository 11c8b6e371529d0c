import { isJsonObject, type JsonObject } from "../../../../core/bytes/exact_json.ts";

/** What an answer's message, or a fragment of it, says in words. */
export interface AnswerText {
  readonly reasoning: string;
  /** Undefined where there is no content at all, which is not the same as an empty one. */
  readonly content: string | undefined;
  readonly refusal: string;
}

/**
 * Reads the words of a message or a delta: `content` as text or as parts (Mistral), thoughts as `reasoning_content`,
 * `reasoning` or `reasoning_details` (OpenRouter), whichever comes first; the same thought told twice counts once.
 */
export function readAnswerText(message: JsonObject): AnswerText {
  const { content, refusal } = message;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const fromParts = parts.map(thinkingOf).join("");
  const texts = parts.map((part) => isJsonObject(part) && part.type === "text" ? textOf(part.text) : "");
  const said = [message.reasoning_content, message.reasoning].map(textOf).find((text) => text !== "");
  return {
    reasoning: fromParts + (said ?? detailsOf(message.reasoning_details)),
    content: Array.isArray(content) ? texts.join("") : typeof content === "string" ? content : undefined,
    refusal: textOf(refusal),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Mistral's part of thoughts: a list of texts. */
function thinkingOf(part: unknown): string {
  if (!isJsonObject(part) || part.type !== "thinking") return "";
  const { thinking } = part;
  if (!Array.isArray(thinking)) return textOf(thinking);
  return thinking.map((piece: unknown) => isJsonObject(piece) ? textOf(piece.text) : "").join("");
}

function detailsOf(details: unknown): string {
  if (!Array.isArray(details)) return "";
  return details.map((detail: unknown) => isJsonObject(detail) ? textOf(detail.text ?? detail.summary) : "")
    .join("");
}
