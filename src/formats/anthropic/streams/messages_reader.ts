import { STREAM_SIGNS, type StreamReader } from "../../format.ts";
import { type EventRules, EventStreamReader } from "../../events/event_stream_reader.ts";
import { isJsonObject, type JsonObject } from "../../../core/bytes/exact_json.ts";
import { parseEvent } from "../../events/parse_event.ts";

/** Events that say nothing more once content has been seen; they need no parsing then. */
const PLAIN_AFTER_CONTENT = new Set([
  "content_block_delta",
  "content_block_start",
  "content_block_stop",
  "message_delta",
  "message_start",
  "ping",
]);

/** Events in which nobody answers yet, however large they are. */
const ANNOUNCEMENTS = new Set(["message_start", "content_block_stop", "ping"]);

/** Blocks whose beginning is no answer while it is empty; the beginning of any other is a tool at work. */
const EMPTY_AT_FIRST = new Set(["text", "thinking"]);

const BRACE_END = 0x7d;
const DONE = 0x5b; // `[`: some relays add OpenAI's `[DONE]`, which clients of this format pass over.

/** Watches a stream of Anthropic messages, in which each event tells its kind in its name and in its `type`. */
export function messagesReader(): StreamReader {
  return new EventStreamReader(new MessagesRules());
}

class MessagesRules implements EventRules {
  #ended = false;

  /** Only `message_stop`: without it the official SDKs raise or return half an answer. */
  get ended(): boolean {
    return this.#ended;
  }

  look(name: string, data: Uint8Array, hasContent: boolean): number {
    if (data.length === 0 || data[0] === DONE) return 0;
    if (hasContent && PLAIN_AFTER_CONTENT.has(name) && data[data.length - 1] === BRACE_END) return 0;
    const event = parseEvent(data);
    if (event === undefined) return name === "error" ? STREAM_SIGNS.error : STREAM_SIGNS.malformed;
    const type = typeof event.type === "string" ? event.type : name;
    if (name === "error" || type === "error" || isJsonObject(event.error)) return STREAM_SIGNS.error;
    if (type === "message_stop") {
      this.#ended = true;
      return STREAM_SIGNS.end;
    }
    return isAnswer(type, event) ? STREAM_SIGNS.content : 0;
  }

  lookOversized(name: string): number {
    if (name === "error") return STREAM_SIGNS.error | STREAM_SIGNS.malformed;
    return ANNOUNCEMENTS.has(name) ? STREAM_SIGNS.malformed : STREAM_SIGNS.content | STREAM_SIGNS.malformed;
  }
}

function isAnswer(type: string, event: JsonObject): boolean {
  if (type === "content_block_delta") return isJsonObject(event.delta) && hasSubstance(event.delta);
  if (type === "content_block_start") {
    const block = event.content_block;
    if (!isJsonObject(block)) return false;
    return EMPTY_AT_FIRST.has(String(block.type)) ? hasSubstance(block) : typeof block.type === "string";
  }
  // It explains an empty answer, so that trying elsewhere would be wrong.
  return type === "message_delta" && isJsonObject(event.delta) && typeof event.delta.stop_reason === "string";
}

/** Whether a member beside the type is filled. Kinds we do not know count: a new kind of answer must not be held back. */
function hasSubstance(part: JsonObject): boolean {
  return Object.keys(part).some((key) => {
    const value = part[key];
    if (key === "type" || value === null || value === "") return false;
    return !(Array.isArray(value) && value.length === 0);
  });
}
