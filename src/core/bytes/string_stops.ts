const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** The same in each byte of a word. */
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const SPACES = 0x20202020;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;

/** Finds where plain text inside JSON strings stops, four bytes at a time. */
export class StringStops {
  readonly #bytes: Uint8Array;
  /** The bytes from the first aligned one on. */
  readonly #words: Int32Array;
  readonly #alignedFrom: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#alignedFrom = Math.min(-bytes.byteOffset & 3, bytes.length);
    const wordCount = (bytes.length - this.#alignedFrom) >>> 2;
    this.#words = wordCount === 0
      ? NO_WORDS
      : new Int32Array(bytes.buffer, bytes.byteOffset + this.#alignedFrom, wordCount);
  }

  /** The first quote, backslash or control character from `at` on and before `limit`; `limit` where there is none. */
  next(at: number, limit: number): number {
    const bytes = this.#bytes;
    const from = this.#alignedFrom;
    while (at < limit && ((at - from) & 3) !== 0) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) return at;
      at++;
    }
    const words = this.#words;
    const lastWord = (limit - from) >> 2;
    let word = (at - from) >> 2;
    if (at >= from) {
      while (word < lastWord) {
        const four = words[word] ?? 0;
        const quotes = four ^ QUOTES;
        const backslashes = four ^ BACKSLASHES;
        // A byte that is nought, or smaller than a space, borrows from its own high bit (Hacker's Delight, 6-1).
        const found = ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes) |
          ((four - SPACES) & ~four);
        if ((found & HIGH_BITS) !== 0) break;
        word++;
      }
      at = Math.max(at, (word << 2) + from);
    }
    for (; at < limit; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) return at;
    }
    return limit;
  }
}

const NO_WORDS = new Int32Array(0);
