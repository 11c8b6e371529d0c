/** Longest pattern, in bytes: how far a place may be passed over fits one byte. */
export const MAX_PATTERN_BYTES = 255;

/**
 * A few bytes to be looked for in many texts, byte by byte: in texts of the size of an event a call of the
 * platform's search costs many times as much. Most bytes are passed over unread (R. N. Horspool, "Practical fast
 * searching in strings", 1980): the one where the pattern would end tells how far it may move on.
 */
export class BytesPattern {
  readonly #wanted: Uint8Array;
  /** By the byte where the pattern would end: how far on it can stand at the earliest. */
  readonly #ahead = new Uint8Array(256);
  /** The same from behind, by the byte where it would begin. */
  readonly #back = new Uint8Array(256);

  /** `wanted`: 1 to {@link MAX_PATTERN_BYTES} bytes; throws RangeError for others. */
  constructor(wanted: Uint8Array) {
    const { length } = wanted;
    if (length === 0 || length > MAX_PATTERN_BYTES) throw new RangeError(`a pattern of ${length} bytes`);
    this.#wanted = wanted.slice();
    this.#ahead.fill(length);
    this.#back.fill(length);
    // The nearest place of each byte counts: the later of two overwrites.
    wanted.subarray(0, -1).forEach((byte, at) => this.#ahead[byte] = length - 1 - at);
    for (let at = length - 1; at > 0; at--) this.#back[wanted[at] ?? 0] = at;
  }

  /** Bytes of the pattern. */
  get sizeBytes(): number {
    return this.#wanted.length;
  }

  /** Where it stands first at or after `from`; -1 where it does not. */
  first(text: Uint8Array, from = 0): number {
    const last = text.length - this.#wanted.length;
    const toEnd = this.#wanted.length - 1;
    for (let at = from; at <= last; at += this.#ahead[text[at + toEnd] ?? 0] ?? 1) {
      if (this.#standsAt(text, at)) return at;
    }
    return -1;
  }

  /** Where it stands last; -1 where it does not. `before`: it must begin before that place. */
  last(text: Uint8Array, before = text.length): number {
    let at = Math.min(before - 1, text.length - this.#wanted.length);
    for (; at >= 0; at -= this.#back[text[at] ?? 0] ?? 1) {
      if (this.#standsAt(text, at)) return at;
    }
    return -1;
  }

  #standsAt(text: Uint8Array, at: number): boolean {
    const wanted = this.#wanted;
    for (let i = 0; i < wanted.length; i++) if (text[at + i] !== wanted[i]) return false;
    return true;
  }
}
