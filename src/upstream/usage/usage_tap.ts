import { Buffer } from "node:buffer";

/** Bytes at the beginning of an answer that are kept: the first event tells model and, with some vendors, the input. */
export const TAP_HEAD_BYTES = 4 * 1024;

/** Bytes at its end that are kept: there stands what it cost. */
export const TAP_TAIL_BYTES = 64 * 1024;

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
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  #tail: Uint8Array = NOTHING;
  #tailBytes = 0;
  #sizeBytes = 0;

  /** Takes the next bytes; none are kept by reference. */
  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    let rest = chunk;
    if (this.#headBytes < TAP_HEAD_BYTES) {
      const taken = chunk.subarray(0, TAP_HEAD_BYTES - this.#headBytes);
      this.#head.push(copyOf(taken));
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
    const head = joined(gap || tail.length === 0 ? this.#head : [...this.#head, tail]);
    return { head, tail: gap ? tail : NOTHING, gap, sizeBytes: this.#sizeBytes };
  }

  #keepEnd(bytes: Uint8Array): void {
    if (this.#tailBytes + bytes.length > 2 * TAP_TAIL_BYTES) {
      // Room for twice the end, so that a byte is moved once for as many that arrive.
      const kept = Math.min(this.#tailBytes, TAP_TAIL_BYTES);
      this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes);
      this.#tailBytes = kept;
    }
    const needed = this.#tailBytes + bytes.length;
    if (needed > this.#tail.length) {
      const room = Math.max(FIRST_ROOM_BYTES, needed, 2 * this.#tail.length);
      const grown = new Uint8Array(Math.min(2 * TAP_TAIL_BYTES, room));
      grown.set(this.#tail.subarray(0, this.#tailBytes));
      this.#tail = grown;
    }
    this.#tail.set(bytes, this.#tailBytes);
    this.#tailBytes += bytes.length;
  }
}

/** In the platform's pool where it is small: an allocation of its own costs more than the copy. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
