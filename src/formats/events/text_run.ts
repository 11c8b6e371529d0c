import { Buffer } from "node:buffer";

const FIRST_ROOM_BYTES = 1024;
const BACKSLASH = 0x5c;
const FIRST_BEYOND_ASCII = 0x80;

/** First bytes of characters of two, three and four bytes in UTF-8 (RFC 3629 §4). */
const LEAD_OF_2 = 0xc0;
const LEAD_OF_3 = 0xe0;
const LEAD_OF_4 = 0xf0;

/** A byte order mark in the middle of a text is a character like any other. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts as they stand in JSON, one after the other, joined and read once in place of each by itself. */
export class TextRun {
  #bytes = Buffer.alloc(0);
  #length = 0;
  #isEscaped = false;
  /** What was read already, so that a character that a text leaves unfinished does not join with the next one. */
  #before = "";

  /** Adds what stands between the quotes of a string of good JSON. */
  add(data: Uint8Array, from: number, end: number): void {
    const sizeBytes = end - from;
    if (sizeBytes === 0) return;
    let isAscii = true;
    if (this.#length + sizeBytes > this.#bytes.length) this.#grow(sizeBytes);
    const bytes = this.#bytes;
    let to = this.#length;
    for (let at = from; at < end; at++) {
      const byte = data[at] as number; // Within bounds by the loop's condition.
      if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte >= FIRST_BEYOND_ASCII) isAscii = false;
      bytes[to++] = byte;
    }
    if (isAscii || hasWholeEnd(bytes.subarray(this.#length, to))) this.#length = to;
    else this.#addAlone(bytes.subarray(this.#length, to));
  }

  /** All that was added, joined; it begins anew after. */
  take(): string {
    const text = this.#before + this.#read();
    this.#before = "";
    return text;
  }

  #read(): string {
    const spelled = decoder.decode(this.#bytes.subarray(0, this.#length));
    const isEscaped = this.#isEscaped;
    this.#length = 0;
    this.#isEscaped = false;
    return isEscaped ? JSON.parse(`"${spelled}"`) as string : spelled; // A string of good JSON.
  }

  #addAlone(bytes: Uint8Array): void {
    const before = this.#read();
    this.#bytes.set(bytes); // They stand behind what was just read.
    this.#length = bytes.length;
    this.#isEscaped = bytes.includes(BACKSLASH);
    this.#before += before + this.#read();
  }

  #grow(moreBytes: number): void {
    const grown = Buffer.alloc(Math.max(FIRST_ROOM_BYTES, this.#length + moreBytes, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Whether the last byte ends a character: else the bytes that follow would be read as more of it. */
function hasWholeEnd(bytes: Uint8Array): boolean {
  let lead = bytes.length - 1;
  while (lead > 0 && isContinuation(bytes[lead])) lead--;
  return bytes.length - lead === lengthOf(bytes[lead] ?? 0);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function lengthOf(lead: number): number {
  if (lead < LEAD_OF_2) return 1;
  if (lead < LEAD_OF_3) return 2;
  return lead < LEAD_OF_4 ? 3 : 4;
}
