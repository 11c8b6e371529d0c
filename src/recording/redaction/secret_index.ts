import { Buffer } from "node:buffer";
import type { Steps } from "../../core/time/steps.ts";

/** Shortest secret that is looked for: shorter ones would be found in innocent text. */
export const MIN_SECRET_BYTES = 8;

/** A secret's place in bytes: `end` is behind its last. */
export interface FoundSpan {
  readonly start: number;
  readonly end: number;
}

/** Secrets looked at between two steps: a fraction of a millisecond. */
const SECRETS_A_STEP = 32;

/** Bytes of a window; no secret is shorter. */
const WINDOW_BYTES = MIN_SECRET_BYTES;

/** Windows that an index is made with: where there are more secrets, more places of a text are looked at instead. */
const MAX_WINDOWS = 65_536;

/** Most bytes from one looked-at place of a text to the next. */
const MAX_STRIDE = 8;

/** Bits for each window that there is room for: false alarms stay under 5 %, also where all room is taken. */
const BITS_A_WINDOW = 24;

/** Spellings for which any index has room. */
const MIN_ROOM = 64;

/**
 * Finds any of many secrets in one pass, whatever their number: a window of eight bytes is looked up in a bit set, and
 * only where that says "maybe" are secrets compared. Of each secret the windows near its *end* are indexed, because
 * vendors give all keys the same beginning: as many as a stride is long, so that one of them lies at a place that is
 * looked at, wherever the secret stands. Stride, bit set and room are fixed when it is made: what outgrows them needs
 * another index, so that one in use is never half rebuilt.
 */
export class SecretIndex {
  readonly #stride: number;
  readonly #room: number;
  /** Shift that leaves as many bits of a hash as the bit set has addresses. */
  readonly #shift: number;
  readonly #maybe: Uint32Array;
  /** The number of the newest window in each word of the bit set; 0 for none. */
  readonly #newest: Int32Array;
  /** Two by two, by the number of a window: its hash, and the window before it in the same word. */
  readonly #windows: Int32Array;
  /** Spelling `at` has the windows `at * stride + 1` and following: the first ends where it ends. */
  readonly #spellings: string[] = [];

  private constructor(count: number, shortestBytes: number) {
    const fitting = Math.min(MAX_STRIDE, shortestBytes - WINDOW_BYTES + 1, Math.floor(MAX_WINDOWS / count));
    this.#stride = Math.max(1, fitting);
    // Growth by half before all is done again, so that one more secret costs what is its own share of that.
    this.#room = Math.max(MIN_ROOM, Math.floor(count * 1.5));
    const windows = this.#room * this.#stride;
    // 2^16 bits (8 KB) are near the processor anyway and make false alarms few; at most 2^24 (2 MB).
    const addressBits = Math.min(24, Math.max(16, Math.ceil(Math.log2(windows * BITS_A_WINDOW))));
    this.#shift = 32 - addressBits;
    this.#maybe = new Uint32Array(2 ** addressBits / 32);
    this.#newest = new Int32Array(this.#maybe.length);
    this.#windows = new Int32Array(2 * windows + 2);
  }

  /** Makes one of every spelling of the secrets, in steps; those under {@link MIN_SECRET_BYTES} are left out. */
  static *of(secrets: Iterable<string>): Steps<SecretIndex> {
    const all: string[] = [];
    let shortestBytes = Infinity;
    let steps = 0;
    for (const secret of secrets) {
      for (const spelling of spellings(secret)) {
        all.push(spelling);
        shortestBytes = Math.min(shortestBytes, spelling.length);
      }
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    const index = new SecretIndex(all.length, shortestBytes);
    for (const spelling of all) {
      index.#insert(spelling);
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    return index;
  }

  /** Indexed spellings. */
  get size(): number {
    return this.#spellings.length;
  }

  /** Finds this one too from now on; false where there is no room for it, and then another index must be made. */
  add(secret: string): boolean {
    for (const spelling of spellings(secret)) {
      if (this.size === this.#room || spelling.length < this.#stride + WINDOW_BYTES - 1) return false;
      this.#insert(spelling);
    }
    return true;
  }

  /** Where secrets stand in `bytes`: in order, not touching. */
  find(bytes: Uint8Array): FoundSpan[] {
    const spans: FoundSpan[] = [];
    if (this.size === 0) return spans;
    const maybe = this.#maybe;
    // `| 0` tells the compiler that these are whole numbers; it took them for floating ones (a tenth slower).
    const shift = this.#shift | 0;
    const stride = this.#stride | 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const last = bytes.length - WINDOW_BYTES;
    for (let at = 0; at <= last; at += stride) {
      const hash = mix(view.getInt32(at), view.getInt32(at + 4));
      const address = hash >>> shift;
      if (((maybe[address >>> 5] ?? 0) & (1 << (address & 31))) === 0) continue;
      this.#compare(bytes, at + WINDOW_BYTES, hash, spans);
    }
    return spans;
  }

  /** Adds the place of every secret that has a window of this hash and of which all stands around `windowEnd`. */
  #compare(bytes: Uint8Array, windowEnd: number, hash: number, spans: FoundSpan[]): void {
    const windows = this.#windows;
    let window = this.#newest[hash >>> this.#shift >>> 5] ?? 0;
    for (; window !== 0; window = windows[2 * window + 1] ?? 0) {
      if (windows[2 * window] !== hash) continue;
      const behind = (window - 1) % this.#stride;
      const spelling = this.#spellings[(window - 1 - behind) / this.#stride] ?? "";
      const end = windowEnd + behind;
      const start = end - spelling.length;
      if (start >= 0 && standsAt(spelling, bytes, start)) addSpan(spans, start, end);
    }
  }

  #insert(spelling: string): void {
    let window = this.#spellings.push(spelling) * this.#stride - this.#stride;
    for (let behind = 0; behind < this.#stride; behind++) {
      window++;
      const at = spelling.length - behind - WINDOW_BYTES;
      const hash = mix(int32At(spelling, at), int32At(spelling, at + 4));
      const address = hash >>> this.#shift;
      const word = address >>> 5;
      this.#maybe[word] = (this.#maybe[word] ?? 0) | (1 << (address & 31));
      this.#windows[2 * window] = hash;
      this.#windows[2 * window + 1] = this.#newest[word] ?? 0;
      this.#newest[word] = window;
    }
  }
}

/** A secret of these characters alone has one spelling. */
const PLAIN = /^[A-Za-z0-9_.~+=:-]*$/;

/**
 * Every way in which a secret may stand in a body: as it is, JSON-escaped, and with `/` escaped too. Each is a string
 * of bytes, one a character: for nearly every key that is the key itself, and nothing is copied.
 */
function spellings(secret: string): string[] {
  if (PLAIN.test(secret)) return secret.length >= MIN_SECRET_BYTES ? [secret] : [];
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, escaped, escaped.replaceAll("/", "\\/")])]
    .map((spelling) => Buffer.from(spelling).toString("latin1"))
    .filter((bytes) => bytes.length >= MIN_SECRET_BYTES);
}

/** Mixes the eight bytes of a window into 32 bits (multipliers of xxHash32). */
function mix(first: number, second: number): number {
  const mixed = Math.imul(second, 0x9e3779b1) ^ Math.imul(first, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d);
}

/** What `DataView.getInt32` reads of bytes, of a string of bytes. */
function int32At(bytes: string, at: number): number {
  return bytes.charCodeAt(at) << 24 | bytes.charCodeAt(at + 1) << 16 | bytes.charCodeAt(at + 2) << 8 |
    bytes.charCodeAt(at + 3);
}

function standsAt(spelling: string, bytes: Uint8Array, from: number): boolean {
  for (let at = 0; at < spelling.length; at++) {
    if (spelling.charCodeAt(at) !== bytes[from + at]) return false;
  }
  return true;
}

/** Adds a span that begins at most a stride and a secret before the end of the last one, joining those it overlaps. */
function addSpan(spans: FoundSpan[], start: number, end: number): void {
  let at = spans.length;
  for (; at > 0; at--) {
    const before = spans[at - 1];
    if (before === undefined || before.end <= start) break;
    // One that begins behind the new end stays behind it.
    if (before.start >= end) continue;
    start = Math.min(start, before.start);
    end = Math.max(end, before.end);
    spans.splice(at - 1, 1);
  }
  while (at < spans.length && (spans[at]?.start ?? 0) < start) at++;
  spans.splice(at, 0, { start, end });
}
