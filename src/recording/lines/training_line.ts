import { Buffer } from "node:buffer";
import { JsonScanError, scanTopLevel, type Span } from "../../core/bytes/json_span.ts";
import type { RecordDraft } from "../record.ts";

/**
 * The line for training that belongs to a chat: the request's own fields with the assistant's message added to
 * `messages`, then `_id`, `object` and `created`, as SimpleAIGateway writes them (tools that read its files read
 * these). `request` and `response` are JSON on one line, secrets already out; the request's bytes are spliced, so
 * its numbers stay as they were sent. Undefined when there is no conversation in them.
 */
export function trainingLine(
  draft: RecordDraft,
  request: Uint8Array,
  response: Uint8Array,
): Uint8Array | undefined {
  try {
    const message = assistantMessage(response);
    return message === undefined ? undefined : withMessage(draft, request, message);
  } catch (error) {
    // A wanted member twice, or deeper than the scan goes: no reader could say what the conversation was.
    if (error instanceof JsonScanError) return undefined;
    throw error;
  }
}

function withMessage(draft: RecordDraft, request: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const own: ReadonlyArray<readonly [string, string]> = [
    ["_id", JSON.stringify(draft.id)],
    ["object", `"chat.completion"`],
    ["created", String(Math.floor(draft.endedMs / 1000))],
  ];
  const { members } = scanTopLevel(request, ["messages", ...own.map(([name]) => name)]);
  const messages = members.get("messages");
  if (messages === undefined || request[messages.start] !== OPEN_BRACKET) return undefined;
  const last = messages.end - 1;
  const isEmpty = skipSpace(request, messages.start + 1) === last;
  const edits: Edit[] = [{
    start: last,
    end: last,
    bytes: isEmpty ? message : Buffer.concat([COMMA, message]),
  }];
  const end = request.lastIndexOf(CLOSE_BRACE);
  for (const [name, value] of own) {
    const span = members.get(name);
    edits.push(
      span === undefined
        ? { start: end, end, bytes: encoder.encode(`,"${name}":${value}`) }
        : { ...span, bytes: encoder.encode(value) },
    );
  }
  return edited(request, edits);
}

/** The bytes of the first choice's message; undefined when the answer has none. */
function assistantMessage(response: Uint8Array): Uint8Array | undefined {
  const choices = scanTopLevel(response, ["choices"]).members.get("choices");
  if (choices === undefined || response[choices.start] !== OPEN_BRACKET) return undefined;
  const start = skipSpace(response, choices.start + 1);
  if (response[start] !== OPEN_BRACE) return undefined;
  const choice = response.subarray(start, bracketsEnd(response, start));
  const message = scanTopLevel(choice, ["message"]).members.get("message");
  if (message === undefined || choice[message.start] !== OPEN_BRACE) return undefined;
  return choice.subarray(message.start, message.end);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const encoder = new TextEncoder();
const COMMA = encoder.encode(",");

interface Edit extends Span {
  readonly bytes: Uint8Array;
}

/** Index of the first byte from `at` on that is no white space (line breaks are gone by now). */
function skipSpace(bytes: Uint8Array, at: number): number {
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  return at;
}

/** Where the object or array at `at` ends, in bytes that are known to be JSON. */
function bracketsEnd(bytes: Uint8Array, at: number): number {
  let depth = 0;
  let inString = false;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return at;
}

/** `bytes` with the edits made and a line feed at the end; edits at one place keep the order given. */
function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, edit.start), edit.bytes);
    at = edit.end;
  }
  parts.push(bytes.subarray(at), encoder.encode("\n"));
  return Buffer.concat(parts);
}
