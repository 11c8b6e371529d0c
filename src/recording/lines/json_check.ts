import { isUtf8 } from "node:buffer";
import { StringStops } from "../../core/bytes/string_stops.ts";

/**
 * Deepest nesting that is recorded as JSON; deeper bodies are recorded as a string. Common readers of the lines
 * stop at 256 (jq before 1.7), and the line adds two levels of its own.
 */
export const MAX_RECORDED_DEPTH = 200;

/** What the checker waits for next. */
const enum Wanted {
  value,
  valueOrEnd,
  name,
  nameOrEnd,
  colon,
  commaOrEnd,
  nothing,
}

/**
 * Checks bytes against the JSON grammar (RFC 8259) in slices, so that a body of many megabytes never stops the
 * event loop as `JSON.parse` would. It accepts what `JSON.parse` accepts of valid UTF-8 without a byte order mark,
 * down to {@link MAX_RECORDED_DEPTH}; nothing else, because what it accepts is written into a line unquoted.
 */
export class JsonCheck {
  readonly #bytes: Uint8Array;
  readonly #stops: StringStops;
  /** One entry an open bracket: 1 for an object, 0 for an array. */
  readonly #open: (0 | 1)[] = [];
  #depth = 0;
  #at = 0;
  #wanted = Wanted.value;
  #inString = false;
  #failed = false;
  #hasLineBreaks = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#stops = new StringStops(bytes);
    this.#failed = !isUtf8(bytes);
  }

  /** Looks at about `sliceBytes` more; true once the answer is known. */
  step(sliceBytes: number): boolean {
    const limit = Math.min(this.#at + sliceBytes, this.#bytes.length);
    while (!this.#failed && this.#at < limit) {
      if (this.#inString) this.#passString(limit);
      else this.#passToken(this.#bytes[this.#at] ?? 0);
    }
    return this.#failed || this.#at >= this.#bytes.length;
  }

  /** Whether the whole is one JSON value; meaningful once {@link step} said true. */
  get valid(): boolean {
    return !this.#failed && !this.#inString && this.#wanted === Wanted.nothing &&
      this.#at >= this.#bytes.length;
  }

  /** Whether there are line breaks between its tokens, where alone JSON may have any. */
  get hasLineBreaks(): boolean {
    return this.#hasLineBreaks;
  }

  #passString(limit: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < limit) {
      at = this.#stops.next(at, limit);
      if (at === limit) break;
      const byte = bytes[at];
      if (byte === 0x22) {
        this.#inString = false;
        at++;
        break;
      }
      const sizeBytes = byte === 0x5c ? escapeSize(bytes, at) : 0;
      if (sizeBytes === 0) {
        this.#failed = true;
        break;
      }
      at += sizeBytes;
    }
    this.#at = at;
  }

  #passToken(byte: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      if (byte === 0x0a || byte === 0x0d) this.#hasLineBreaks = true;
      this.#at++;
      return;
    }
    switch (this.#wanted) {
      case Wanted.valueOrEnd:
        if (byte === 0x5d) return this.#close(0);
        return this.#beginValue(byte);
      case Wanted.value:
        return this.#beginValue(byte);
      case Wanted.nameOrEnd:
        if (byte === 0x7d) return this.#close(1);
        return this.#beginName(byte);
      case Wanted.name:
        return this.#beginName(byte);
      case Wanted.colon:
        if (byte !== 0x3a) return this.#fail();
        this.#at++;
        this.#wanted = Wanted.value;
        return;
      case Wanted.commaOrEnd:
        if (byte === 0x2c) {
          this.#at++;
          this.#wanted = this.#open[this.#depth - 1] === 1 ? Wanted.name : Wanted.value;
          return;
        }
        if (byte === 0x7d) return this.#close(1);
        if (byte === 0x5d) return this.#close(0);
        return this.#fail();
      case Wanted.nothing:
        return this.#fail();
    }
  }

  #fail(): void {
    this.#failed = true;
  }

  #beginName(byte: number): void {
    if (byte !== 0x22) return this.#fail();
    this.#at++;
    this.#inString = true;
    this.#wanted = Wanted.colon;
  }

  #beginValue(byte: number): void {
    if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth >= MAX_RECORDED_DEPTH) return this.#fail();
      const isObject = byte === 0x7b;
      this.#open[this.#depth++] = isObject ? 1 : 0;
      this.#at++;
      this.#wanted = isObject ? Wanted.nameOrEnd : Wanted.valueOrEnd;
      return;
    }
    if (byte === 0x22) {
      this.#at++;
      this.#inString = true;
    } else {
      const end = byte === 0x2d || (byte >= 0x30 && byte <= 0x39)
        ? numberEnd(this.#bytes, this.#at)
        : wordEnd(this.#bytes, this.#at);
      if (end === 0) return this.#fail();
      this.#at = end;
    }
    this.#valueDone();
  }

  #close(kind: 0 | 1): void {
    if (this.#open[this.#depth - 1] !== kind || this.#depth === 0) return this.#fail();
    this.#depth--;
    this.#at++;
    this.#valueDone();
  }

  #valueDone(): void {
    this.#wanted = this.#depth === 0 ? Wanted.nothing : Wanted.commaOrEnd;
  }
}

/** Length of the escape sequence at `at`, or 0 when it is none. */
function escapeSize(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return 2;
    case 0x75: // u
      for (let i = 2; i < 6; i++) {
        const digit = (bytes[at + i] ?? 0) | 0x20;
        const isHex = ((bytes[at + i] ?? 0) >= 0x30 && (bytes[at + i] ?? 0) <= 0x39) ||
          (digit >= 0x61 && digit <= 0x66);
        if (!isHex) return 0;
      }
      return 6;
    default:
      return 0;
  }
}

/** Where the digits from `at` on end. */
function digitsEnd(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39) at++;
  return at;
}

/** Where the number at `at` ends, or 0 when it is none. */
function numberEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0x2d) at++;
  let end = digitsEnd(bytes, at);
  if (end === at || (bytes[at] === 0x30 && end > at + 1)) return 0;
  if (bytes[end] === 0x2e) {
    const from = end + 1;
    end = digitsEnd(bytes, from);
    if (end === from) return 0;
  }
  if (((bytes[end] ?? 0) | 0x20) === 0x65) {
    let from = end + 1;
    if (bytes[from] === 0x2b || bytes[from] === 0x2d) from++;
    end = digitsEnd(bytes, from);
    if (end === from) return 0;
  }
  return end;
}

const WORDS = ["true", "false", "null"].map((word) => new TextEncoder().encode(word));

/** Where the literal `true`, `false` or `null` at `at` ends, or 0 when it is none. */
function wordEnd(bytes: Uint8Array, at: number): number {
  for (const word of WORDS) {
    if (word.every((byte, i) => bytes[at + i] === byte)) return at + word.length;
  }
  return 0;
}
