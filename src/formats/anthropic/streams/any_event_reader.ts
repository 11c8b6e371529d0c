import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { isJsonObject } from "../../../core/bytes/exact_json.ts";
import { parseEvent } from "../../events/parse_event.ts";

/** Watches a stream whose events we do not know: each but a ping is content, and the end of the bytes is the end. */
export function anyEventReader(): StreamReader {
  return new EventStreamReader(rules);
}

const { content, error, malformed } = STREAM_SIGNS;

const rules: EventRules = {
  ended: true,
  look(name, data) {
    if (data.length === 0 || name === "ping") return 0;
    const event = parseEvent(data);
    if (event === undefined) return name === "error" ? error : content | malformed;
    return name === "error" || event.type === "error" || isJsonObject(event.error) ? error : content;
  },
  lookOversized: (name) => (name === "error" ? error : content) | malformed,
};
