/** Bytes at the beginning of an answer that are kept: the first event tells model and, with some vendors, the input. */
export const TAP_HEAD_BYTES = 4 * 1024;

/**
 * Bytes at its end that are kept: there stands what it cost. The longest that vendors put behind the usage in one
 * event are OpenAI's 16 metadata of 512 characters each.
 */
export const TAP_TAIL_BYTES = 16 * 1024;

/** Room for the end: more than it needs, so that two bytes are moved for one that arrives and not each for each. */
const ROOM_BYTES = TAP_TAIL_BYTES + TAP_TAIL_BYTES / 2;

/** First room for the end, which doubles as more comes. */
const FIRST_ROOM_BYTES = 1024;

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
  #tail = new Uint8Array(0);
  #tailBytes = 0;
  #sizeBytes = 0;

  /** Takes the next bytes; none are kept by reference. */
  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    let rest = chunk;
    if (this.#headBytes < TAP_HEAD_BYTES) {
      const taken = chunk.subarray(0, TAP_HEAD_BYTES - this.#headBytes);
      this.#head.push(new Uint8Array(taken));
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
    const head = joined(gap ? this.#head : [...this.#head, tail]);
    return { head, tail: gap ? tail : tail.subarray(0, 0), gap, sizeBytes: this.#sizeBytes };
  }

  #keepEnd(bytes: Uint8Array): void {
    if (this.#tailBytes + bytes.length > ROOM_BYTES) {
      const kept = Math.min(this.#tailBytes, TAP_TAIL_BYTES, ROOM_BYTES - bytes.length);
      this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes);
      this.#tailBytes = kept;
    }
    const needed = this.#tailBytes + bytes.length;
    if (needed > this.#tail.length) {
      const room = Math.max(FIRST_ROOM_BYTES, needed, 2 * this.#tail.length);
      const grown = new Uint8Array(Math.min(ROOM_BYTES, room));
      grown.set(this.#tail.subarray(0, this.#tailBytes));
      this.#tail = grown;
    }
    this.#tail.set(bytes, this.#tailBytes);
    this.#tailBytes += bytes.length;
  }
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
