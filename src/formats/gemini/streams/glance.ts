import { BytesPattern } from "../../../core/bytes/bytes_pattern.ts";

const encoder = new TextEncoder();

const FINISH = new BytesPattern(encoder.encode(`"finishReason"`));
const ERROR = new BytesPattern(encoder.encode(`"error"`));
const INDEX = new BytesPattern(encoder.encode(`"index"`));

const COLON = 0x3a;
const SPACE = 0x20;
const ZERO = 0x30;
const BRACE_END = 0x7d;

/**
 * Whether an event in the middle of a stream may be passed over unparsed: it names no error, no finish reason and
 * no candidate but the first. Text that quotes such a name has its quotes escaped, so it does not look like it.
 */
export function saysNothingNew(bytes: Uint8Array): boolean {
  if (bytes.at(-1) !== BRACE_END || FINISH.first(bytes) >= 0 || ERROR.first(bytes) >= 0) {
    return false;
  }
  for (let at = INDEX.first(bytes); at >= 0; at = INDEX.first(bytes, at + 1)) {
    let value = at + INDEX.sizeBytes;
    while (bytes[value] === SPACE || bytes[value] === COLON) value++;
    if (bytes[value] !== ZERO || isDigit(bytes[value + 1])) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
