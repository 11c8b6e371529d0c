import { isJsonObject, type JsonObject } from "../../core/bytes/exact_json.ts";

const decoder = new TextDecoder();

/** The event's data as an object; undefined when it is none. */
export function parseEvent(data: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
