import { Buffer } from "node:buffer";

/** Bytes of a sealed text that tell it from all others: they hold its random initial value. */
const TELLING_BYTES = 128;

/** Shortest sealed text that is looked at; the empty ones of announced items tell nothing. */
const MIN_BYTES = 32;

/**
 * The beginnings of the texts that stand under `member` in JSON, or in events of it, the last first, at most
 * `most`. Only their account can read such texts, so they are known again by their bytes alone, never read.
 */
export function sealedTexts(bytes: Uint8Array, member: string, most: number): Uint8Array[] {
  // As a one-byte string: V8 searches strings natively, while `Buffer.indexOf` walks bytes in JavaScript here.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const needle = `"${member}"`;
  const found: Uint8Array[] = [];
  for (let at = text.lastIndexOf(needle); at >= 0 && found.length < most;) {
    const start = openingQuote(bytes, at + needle.length) + 1;
    const end = start > 0 ? text.indexOf('"', start) : -1;
    if (end - start >= MIN_BYTES) found.push(bytes.subarray(start, Math.min(end, start + TELLING_BYTES)));
    at = at === 0 ? -1 : text.lastIndexOf(needle, at - 1);
  }
  return found;
}

/** Where the text after a member's name opens; −1 where no text follows it. */
function openingQuote(bytes: Uint8Array, from: number): number {
  let at = spaceAfter(bytes, from);
  if (bytes[at] !== 0x3a) return -1;
  at = spaceAfter(bytes, at + 1);
  return bytes[at] === 0x22 ? at : -1;
}

function spaceAfter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] ?? 0) <= 0x20) at++;
  return at;
}
