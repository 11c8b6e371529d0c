import type { JsonObject } from "../../../core/bytes/exact_json.ts";
import { parsedInput } from "../../translation/tool_input.ts";

/** What a tool gave back, as the hub has it. */
export interface ToolText {
  readonly text: string;
  readonly isError: boolean;
}

/**
 * The text of a `functionResponse.response`. Google names two members: `output` for what came out and `error`
 * for what went wrong (reference of `FunctionResponse`). A lone text under either is that text; anything else is
 * told as its JSON. {@link toolResponse} makes the same object of it again.
 */
export function toolText(response: JsonObject): ToolText {
  const names = Object.keys(response);
  const isError = Object.hasOwn(response, "error") && names.length === 1;
  const lone = names.length === 1 ? (isError ? response.error : response.output) : undefined;
  if (typeof lone === "string" && !isRead(lone, isError)) return { text: lone, isError };
  return { text: JSON.stringify(response), isError };
}

/** The object that stands for a tool's text: the text's own, where it is JSON of one, else Google's `output` or `error`. */
export function toolResponse({ text, isError }: ToolText): JsonObject {
  const object = objectIn(text);
  if (object !== undefined && (!isError || Object.hasOwn(object, "error"))) return object;
  return isError ? { error: text } : { output: text };
}

/** Whether {@link toolResponse} would take the text for an object. */
function isRead(text: string, isError: boolean): boolean {
  const object = objectIn(text);
  return object !== undefined && (!isError || Object.hasOwn(object, "error"));
}

function objectIn(text: string): JsonObject | undefined {
  return text.trimStart().startsWith("{") ? parsedInput(text) : undefined;
}
