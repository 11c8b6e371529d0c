const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const COMMA = 0x2c;

/** Members of answers whose text a model wrote, over all formats. */
const WRITTEN = ["content", "text", "thinking", "reasoning", "reasoning_content", "refusal", "arguments"];

/** The same for members that hold it as an object: arguments of a tool call. */
const WRITTEN_OBJECTS = ["args", "input"];

/** Members whose texts stand in another one already (OpenRouter tells reasoning twice). */
const REPEATED = ["reasoning_details"];

const TEXTS = new Set([...WRITTEN, "partial_json", "delta"]);
const OBJECTS = new Set(WRITTEN_OBJECTS);
const LEFT_OUT = new Set(REPEATED);

/** Longest of these names, in bytes. */
const MAX_NAME_BYTES = 24;

const decoder = new TextDecoder();

/**
 * Bytes of text that a model wrote in a piece of JSON, also one that is cut off at its end: what comes out of its
 * tokens, without what the format wraps around them. Reads each byte once and parses nothing.
 */
export function contentBytes(json: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < json.length;) {
    if (json[at] !== QUOTE) {
      at++;
      continue;
    }
    const end = stringEnd(json, at);
    const value = valueAt(json, end);
    if (value === undefined) {
      at = end;
      continue;
    }
    const name = end - at - 2 <= MAX_NAME_BYTES ? decoder.decode(json.subarray(at + 1, end - 1)) : "";
    at = value;
    if (json[value] === QUOTE) {
      at = stringEnd(json, value);
      if (TEXTS.has(name)) sum += textBytes(json, value + 1, at - 1);
    } else if (OBJECTS.has(name) && json[value] === BRACE) {
      at = nestedEnd(json, value);
      sum += at - value;
    } else if (LEFT_OUT.has(name) && json[value] === BRACKET) at = nestedEnd(json, value);
  }
  return sum;
}

/** The place behind the string that begins at `start`; the end of the bytes where it is cut. */
export function stringEnd(json: Uint8Array, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === BACKSLASH) at++;
    else if (json[at] === QUOTE) return at + 1;
  }
  return json.length;
}

/** The place behind the object or array that begins at `start`; the end of the bytes where it is cut. */
export function nestedEnd(json: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) at = stringEnd(json, at) - 1;
    else if (byte === BRACE || byte === BRACKET) depth++;
    // The closing brackets stand two behind their opening ones in ASCII.
    else if (byte === BRACE + 2 || byte === BRACKET + 2) {
      if (--depth === 0) return at + 1;
    }
  }
  return json.length;
}

/** Where the value of a member begins whose name ends before `at`; undefined where no colon follows. */
function valueAt(json: Uint8Array, at: number): number | undefined {
  while ((json[at] ?? COMMA) <= SPACE) at++;
  if (json[at] !== COLON) return undefined;
  at++;
  while ((json[at] ?? COMMA) <= SPACE) at++;
  return at;
}

/** Bytes of a string in UTF-8, an escape counted as what it stands for: one byte, or three for most of `\uXXXX`. */
function textBytes(json: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) {
    sum++;
    if (json[at] !== BACKSLASH) continue;
    at++;
    if (json[at] !== 0x75) continue; // `u`
    at += 4;
    sum += 2;
  }
  return sum;
}
