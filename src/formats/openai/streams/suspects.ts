import type { JsonObject } from "../../../core/bytes/exact_json.ts";

/** What {@link suspectsIn} may find; bits that add up. */
export const SUSPICIONS = {
  /** It names an error, a finish reason or a choice other than the first, or is cut short: it must be parsed. */
  parse: 1,
  /** It speaks of the first choice (or the first tool call). */
  firstIndex: 2,
} as const;

const QUOTE = 0x22;
const COLON = 0x3a;
const SPACE = 0x20;
const ZERO = 0x30;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_I = 0x69;
const LETTER_N = 0x6e;
const BRACE_END = 0x7d;

const encoder = new TextEncoder();
const ERROR = encoder.encode(`error"`);
const FINISH = encoder.encode(`finish_reason"`);
const INDEX = encoder.encode(`index"`);
const DONE = encoder.encode("[DONE]");

/**
 * Looks at the bytes of an event for the few member names that matter once content has been seen, so that the
 * many events in the middle of a stream are not parsed. Inside a JSON string a quote is escaped, so text that
 * quotes such a name does not look like it.
 */
export function suspectsIn(data: Uint8Array): number {
  let found = data[data.length - 1] === BRACE_END ? 0 : SUSPICIONS.parse;
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== QUOTE) continue;
    const letter = data[at + 1];
    if (letter === LETTER_I && follows(data, at + 1, INDEX)) {
      const value = valueAt(data, at + 1 + INDEX.length);
      const isFirst = data[value] === ZERO && !isDigit(data[value + 1]);
      found |= isFirst ? SUSPICIONS.firstIndex : SUSPICIONS.parse;
    } else if (letter === LETTER_F && follows(data, at + 1, FINISH)) {
      const value = valueAt(data, at + 1 + FINISH.length);
      const isEmpty = data[value] === LETTER_N || (data[value] === QUOTE && data[value + 1] === QUOTE);
      if (!isEmpty) found |= SUSPICIONS.parse;
    } else if (letter === LETTER_E && follows(data, at + 1, ERROR)) {
      if (data[valueAt(data, at + 1 + ERROR.length)] !== LETTER_N) found |= SUSPICIONS.parse;
    }
  }
  return found;
}

/** Whether the data is the end mark of OpenAI streams. */
export function isDone(data: Uint8Array): boolean {
  return data[0] === DONE[0] && data.length >= DONE.length && follows(data, 0, DONE);
}

/** Whether an event says that the stream failed: a top-level `error`, an error object, or the event's name. */
export function isErrorEvent(name: string, event: JsonObject): boolean {
  return (event.error !== undefined && event.error !== null) || event.object === "error" || name === "error";
}

function follows(data: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    if (data[at + i] !== text[i]) return false;
  }
  return true;
}

/** Where the value of a member begins whose name ends before `at`. */
function valueAt(data: Uint8Array, at: number): number {
  while (data[at] === SPACE || data[at] === COLON) at++;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
