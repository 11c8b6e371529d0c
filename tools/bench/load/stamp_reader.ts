import { STAMP_DIGITS, STAMP_MARK } from "../upstream/answers.ts";

/** Finds the time stamps in a stream's bytes, also those that are cut in two. */
export class StampReader {
  #isInside = false;
  #digits = 0;
  #value = 0;
  readonly #stamp: (micros: number) => void;

  constructor(stamp: (micros: number) => void) {
    this.#stamp = stamp;
  }

  push(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (!this.#isInside) {
        at = bytes.indexOf(STAMP_MARK, at);
        if (at < 0 || at >= to) return;
        this.#isInside = true;
        this.#digits = this.#value = 0;
        continue;
      }
      const byte = bytes[at] ?? 0;
      if (byte === STAMP_MARK) {
        if (this.#digits === STAMP_DIGITS) this.#stamp(this.#value);
        this.#isInside = false;
        continue;
      }
      this.#value = this.#value * 10 + byte - 0x30;
      this.#digits++;
    }
  }
}
