import { SseSplitter } from "../../core/bytes/sse.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../core/bytes/exact_json.ts";
import { isTooDeep } from "../../core/bytes/json_depth.ts";

const decoder = new TextDecoder();

/**
 * Hands each event of a whole stream to `take`, parsed with its numbers as they came, also an event at the end
 * whose closing line is missing. Events that are no JSON object are left out.
 */
export function readEvents(
  stream: Uint8Array,
  take: (event: JsonObject, name: string, data: Uint8Array) => void,
): void {
  const splitter = new SseSplitter({
    event(name, data) {
      const event = parsed(data);
      if (event !== undefined) take(event, name, data);
    },
    oversized() {},
  }, Infinity); // The stream is in memory already.
  splitter.push(stream);
  splitter.flush();
}

function parsed(data: Uint8Array): JsonObject | undefined {
  try {
    const value = parseExact(decoder.decode(data));
    if (!isJsonObject(value)) return undefined;
    return isTooDeep(value, data.length) ? undefined : value;
  } catch {
    return undefined;
  }
}
