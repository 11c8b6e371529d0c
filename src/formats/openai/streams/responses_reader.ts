import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { parseEvent } from "../../events/parse_event.ts";
import { isDone } from "./suspects.ts";

/** Events that only announce: until more comes, another endpoint may still answer. */
const ANNOUNCEMENTS = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.content_part.added",
  "response.reasoning_summary_part.added",
]);

/** Items whose beginning is no answer yet; the beginning of any other is a tool at work. */
const EMPTY_AT_FIRST = new Set(["message", "reasoning"]);

/** `{"type":"` as most servers begin an event, and the same with the space of Python's writer. */
const TYPE_PREFIXES = [`{"type":"`, `{"type": "`].map((text) => new TextEncoder().encode(text));

const QUOTE = 0x22;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Watches a stream of the Responses format, in which each event tells its `type`. */
export function responsesReader(): StreamReader {
  return new EventStreamReader(new ResponsesRules());
}

class ResponsesRules implements EventRules {
  #ended = false;
  #errorData: Uint8Array | undefined;

  get ended(): boolean {
    return this.#ended;
  }

  get errorData(): Uint8Array | undefined {
    return this.#errorData;
  }

  look(name: string, data: Uint8Array, hasContent: boolean): number {
    if (data.length === 0 || isDone(data)) return 0;
    if (hasContent) {
      const type = prefixedType(data) ?? name;
      if (type.startsWith("response.") && type !== "response.failed") return this.#terminal(type);
    }
    const event = parseEvent(data);
    if (event === undefined) return STREAM_SIGNS.malformed;
    const type = typeof event.type === "string" ? event.type : name;
    const error = errorOf(type, event);
    if (error !== undefined) {
      this.#errorData = encoder.encode(JSON.stringify({ error }));
      return STREAM_SIGNS.error;
    }
    return this.#terminal(type) || (isAnswer(type, event) ? STREAM_SIGNS.content : 0);
  }

  lookOversized(name: string, head: Uint8Array): number {
    const type = prefixedType(head) ?? name;
    if (type === "response.failed" || type === "error") return STREAM_SIGNS.error | STREAM_SIGNS.malformed;
    if (ANNOUNCEMENTS.has(type)) return STREAM_SIGNS.malformed;
    return this.#terminal(type) | STREAM_SIGNS.content | STREAM_SIGNS.malformed;
  }

  /** The signs of an end mark, which explains an empty answer too; 0 for other events. */
  #terminal(type: string): number {
    if (type !== "response.completed" && type !== "response.incomplete") return 0;
    this.#ended = true;
    return STREAM_SIGNS.end | STREAM_SIGNS.content;
  }
}

/** The type where it is the first member, without parsing the rest. */
function prefixedType(data: Uint8Array): string | undefined {
  for (const prefix of TYPE_PREFIXES) {
    if (!prefix.every((byte, at) => data[at] === byte)) continue;
    const end = data.indexOf(QUOTE, prefix.length);
    if (end > 0) return decoder.decode(data.subarray(prefix.length, end));
  }
  return undefined;
}

/** The error an event tells: wrapped as in the other formats, flat, or inside the failed response. */
function errorOf(type: string, event: JsonObject): unknown {
  if (event.error !== undefined && event.error !== null) return event.error;
  if (type === "response.failed") return isJsonObject(event.response) ? event.response.error ?? {} : {};
  if (type !== "error") return undefined;
  return { message: event.message, code: event.code, param: event.param };
}

function isAnswer(type: string, event: JsonObject): boolean {
  if (!type.startsWith("response.") || ANNOUNCEMENTS.has(type)) return false;
  if (type === "response.output_item.added") {
    const itemType = isJsonObject(event.item) ? event.item.type : undefined;
    return typeof itemType === "string" && !EMPTY_AT_FIRST.has(itemType);
  }
  return !(type.endsWith(".delta") && event.delta === "");
}
