import { isJsonObject } from "../../../core/bytes/exact_json.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { STREAM_SIGNS, type StreamReader } from "../../format.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Watches a stream whose events we do not know: each is content, and the end of the bytes is the end. */
export function anyAnswerReader(): StreamReader {
  let errorData: Uint8Array | undefined;
  const rules: EventRules = {
    ended: true,
    get errorData() {
      return errorData;
    },
    look(name, data) {
      if (data.length === 0) return 0;
      const error = errorIn(data);
      if (error === undefined && name !== "error") return STREAM_SIGNS.content;
      errorData = encoder.encode(JSON.stringify({ error: error ?? {} }));
      return STREAM_SIGNS.error;
    },
    lookOversized: () => STREAM_SIGNS.content | STREAM_SIGNS.malformed,
  };
  return new EventStreamReader(rules);
}

/** A top-level `error`, also of the first element of an array; only events that name one are parsed. */
function errorIn(data: Uint8Array): unknown {
  const text = decoder.decode(data);
  if (!text.includes(`"error"`)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const event: unknown = Array.isArray(value) ? value[0] : value;
    return isJsonObject(event) ? event.error ?? undefined : undefined;
  } catch {
    return undefined;
  }
}
