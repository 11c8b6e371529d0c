import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { isDeeper } from "../../core/bytes/json_depth.ts";

/** Member that holds arguments which are no JSON object, as models sometimes write them: they are kept, and nothing fails. */
const RAW = "_raw";

/** A tool call's arguments as an object, for formats that want one: parsed, an empty one for none. */
export function toolInput(text: string): JsonObject {
  if (text.trim() === "") return {};
  return parsedInput(text) ?? { [RAW]: text };
}

/** Whether the text is a whole JSON object, so that nothing can follow in it. */
export function isWholeInput(text: string): boolean {
  return parsedInput(text) !== undefined;
}

/** The object that a text is; undefined where it is none, or nested too deeply to be written again. */
export function parsedInput(text: string): JsonObject | undefined {
  try {
    const value = parseExact(text);
    return isJsonObject(value) && !isDeeper(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
