import { Buffer } from "node:buffer";

/** Bytes at the beginning of an answer that are kept: the first event tells model and, with some vendors, the input. */
export const TAP_HEAD_BYTES = 4 * 1024;

/**
 * Bytes at its end that are kept: there stands what it cost. The longest that vendors put behind the usage in one
 * event are OpenAI's 16 metadata of 64 and 512 characters.
 */
export const TAP_TAIL_BYTES = 10 * 1024;

/** Room for the end: more than it needs, so that it is not moved for every chunk. */
const ROOM_BYTES = TAP_TAIL_BYTES + 2 * 1024;

/** First room for the end, which doubles as more comes. */
const FIRST_ROOM_BYTES = 1024;

const NOTHING = new Uint8Array(0);

/** What a tap kept of an answer. */
export interface TappedBytes {
  /** Its beginning; all of it where `gap` is false. */
  readonly head: Uint8Array;
  /** Its end; empty where `gap` is false. */
  readonly tail: Uint8Array;
  /** Something between the two was not kept. */
  readonly gap: boolean;
  /** Bytes of all of it. */
  readonly sizeBytes: number;
}

/** Keeps a copy of the two ends of an answer going by, so that what it cost can be read later, off the request path. */
export class UsageTap {
  #head = NOTHING;
  #headBytes = 0;
  #tail = NOTHING;
  #tailBytes = 0;
  #sizeBytes = 0;

  /** Takes the next bytes; none are kept by reference. */
  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    let rest = chunk;
    if (this.#headBytes < TAP_HEAD_BYTES) {
      const taken = chunk.subarray(0, TAP_HEAD_BYTES - this.#headBytes);
      this.#head = withRoom(this.#head, this.#headBytes, taken.length, TAP_HEAD_BYTES);
      this.#head.set(taken, this.#headBytes);
      this.#headBytes += taken.length;
      rest = chunk.subarray(taken.length);
    }
    if (rest.length > 0) this.#keepEnd(rest.subarray(-TAP_TAIL_BYTES));
  }

  /** Bytes that went by. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** What is kept now. */
  kept(): TappedBytes {
    const tail = this.#tail.subarray(Math.max(0, this.#tailBytes - TAP_TAIL_BYTES), this.#tailBytes);
    const gap = this.#headBytes + tail.length < this.#sizeBytes;
    const begin = this.#head.subarray(0, this.#headBytes);
    const head = gap || tail.length === 0 ? begin : Buffer.concat([begin, tail]);
    return { head, tail: gap ? tail : NOTHING, gap, sizeBytes: this.#sizeBytes };
  }

  #keepEnd(bytes: Uint8Array): void {
    if (this.#tailBytes + bytes.length > ROOM_BYTES) {
      const kept = Math.min(this.#tailBytes, TAP_TAIL_BYTES, ROOM_BYTES - bytes.length);
      this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes);
      this.#tailBytes = kept;
    }
    this.#tail = withRoom(this.#tail, this.#tailBytes, bytes.length, ROOM_BYTES);
    this.#tail.set(bytes, this.#tailBytes);
    this.#tailBytes += bytes.length;
  }
}

/** `bytes`, of which `filledBytes` are used, with room for `moreBytes`: twice what it was, and never over `mostBytes`. */
function withRoom(bytes: Uint8Array<ArrayBuffer>, filledBytes: number, moreBytes: number, mostBytes: number) {
  const neededBytes = filledBytes + moreBytes;
  if (neededBytes <= bytes.length) return bytes;
  const roomBytes = Math.max(FIRST_ROOM_BYTES, neededBytes, 2 * bytes.length);
  const grown = new Uint8Array(Math.min(mostBytes, roomBytes));
  grown.set(bytes.subarray(0, filledBytes));
  return grown;
}
