import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { parseEvent } from "../../events/parse_event.ts";
import { isDone, isErrorEvent, suspectsIn, SUSPICIONS } from "./suspects.ts";

/** Watches a stream whose events we do not know: each is content, and the end of the bytes is the end. */
export function anyEventReader(): StreamReader {
  return new EventStreamReader(rules);
}

const rules: EventRules = {
  ended: true,
  look(name, data) {
    if (data.length === 0) return 0;
    if (isDone(data)) return STREAM_SIGNS.end;
    if (name !== "error" && (suspectsIn(data) & SUSPICIONS.parse) === 0) return STREAM_SIGNS.content;
    const event = parseEvent(data);
    if (event === undefined) return STREAM_SIGNS.content | STREAM_SIGNS.malformed;
    const isError = isErrorEvent(name, event) || event.type === "error";
    return isError ? STREAM_SIGNS.error : STREAM_SIGNS.content;
  },
  lookOversized: () => STREAM_SIGNS.content | STREAM_SIGNS.malformed,
};
