import type { Span } from "../../core/bytes/json_span.ts";

/** Roles of turns that speak for the application, not for its user. */
const INSTRUCTING = new Set(["system", "developer"]);

/** Most members looked at on either side of a turn: `type`, `role` and `name` stand at its edges in all SDKs. */
const MAX_MEMBERS = 4;

/** Longest name or value that is read there, in bytes. */
const MAX_WORD_BYTES = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * Whether a turn (the bytes of a JSON object) is an instruction to the model. Its role is looked for among the
 * short members at the beginning and as the last member, so that nothing must be parsed; where it stands between
 * long ones it is not found, and the turn counts as the user's.
 */
export function isInstruction(bytes: Uint8Array, { start, end }: Span): boolean {
  let at = start + 1;
  for (let member = 0; member < MAX_MEMBERS; member++) {
    const name = wordAt(bytes, spaceAfter(bytes, at));
    if (name === undefined) break;
    at = spaceAfter(bytes, name.end);
    if (bytes[at] !== COLON) return false;
    const value = wordAt(bytes, spaceAfter(bytes, at + 1));
    if (value === undefined) break;
    if (name.text === "role") return INSTRUCTING.has(value.text);
    at = spaceAfter(bytes, value.end);
    if (bytes[at] !== COMMA) return false;
    at++;
  }
  return lastMemberInstructs(bytes, { start, end });
}

function lastMemberInstructs(bytes: Uint8Array, { start, end }: Span): boolean {
  const value = wordBefore(bytes, spaceBefore(bytes, end - 1), start);
  if (value === undefined || !INSTRUCTING.has(value.text)) return false;
  const colon = spaceBefore(bytes, value.start);
  if (bytes[colon - 1] !== COLON) return false;
  return wordBefore(bytes, spaceBefore(bytes, colon - 1), start)?.text === "role";
}

/** The short text without escapes whose opening quote is at `at`. */
function wordAt(bytes: Uint8Array, at: number): { text: string; end: number } | undefined {
  if (bytes[at] !== QUOTE) return undefined;
  let text = "";
  for (let next = at + 1; next <= at + MAX_WORD_BYTES; next++) {
    const byte = bytes[next] ?? BACKSLASH;
    if (byte === QUOTE) return { text, end: next + 1 };
    if (byte === BACKSLASH) return undefined;
    text += String.fromCharCode(byte);
  }
  return undefined;
}

/** The short text whose closing quote is before `end`. */
function wordBefore(
  bytes: Uint8Array,
  end: number,
  least: number,
): { text: string; start: number } | undefined {
  if (bytes[end - 1] !== QUOTE) return undefined;
  for (let at = end - 2; at > least && at > end - MAX_WORD_BYTES; at--) {
    if (bytes[at] !== QUOTE) continue;
    const word = wordAt(bytes, at);
    return word?.end === end ? { text: word.text, start: at } : undefined;
  }
  return undefined;
}

function spaceAfter(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at++;
  return at;
}

function spaceBefore(bytes: Uint8Array, end: number): number {
  while (end > 0 && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return end;
}
