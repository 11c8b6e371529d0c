import { Buffer } from "node:buffer";

const FINISH = Buffer.from(`"finishReason"`);
const ERROR = Buffer.from(`"error"`);
const INDEX = Buffer.from(`"index"`);

const COLON = 0x3a;
const SPACE = 0x20;
const ZERO = 0x30;
const BRACE_END = 0x7d;

/**
 * Whether an event in the middle of a stream may be passed over unparsed: it names no error, no finish reason and
 * no candidate but the first. Text that quotes such a name has its quotes escaped, so it does not look like it.
 */
export function saysNothingNew(data: Uint8Array): boolean {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.at(-1) !== BRACE_END || bytes.includes(FINISH) || bytes.includes(ERROR)) return false;
  for (let at = bytes.indexOf(INDEX); at >= 0; at = bytes.indexOf(INDEX, at + 1)) {
    let value = at + INDEX.length;
    while (bytes[value] === SPACE || bytes[value] === COLON) value++;
    if (bytes[value] !== ZERO || isDigit(bytes[value + 1])) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
