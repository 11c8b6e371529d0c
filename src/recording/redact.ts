import { Buffer } from "node:buffer";
import { atOnce, type Steps } from "../core/time/steps.ts";

/** Shortest secret that is looked for: shorter ones would be found in innocent text. */
export const MIN_SECRET_BYTES = 8;

/** Secrets read between two steps: a fraction of a millisecond. */
const SECRETS_A_STEP = 32;

/** What stands in a record where a secret stood. */
export const REDACTED = "[redacted]";

/** Takes known secrets out of what is about to be written. */
export interface Redactor {
  /** The same bytes when they hold no secret, else a copy without. */
  bytes(bytes: Uint8Array): Uint8Array;
  /** The same for a string. */
  text(text: string): string;
}

/**
 * A {@link Redactor} for the values that `secrets` yields, each also in the spellings it has inside a JSON string.
 * `secrets()` is asked for every record, so it must return the same object as long as nothing changed; a new object
 * is read once: all of it when it is first needed, unless {@link prepareSecrets} has done so piece by piece. Values
 * under {@link MIN_SECRET_BYTES} are left out.
 */
export function makeRedactor(secrets: () => Iterable<string>): Redactor {
  let known: Iterable<string> | undefined;
  let index = atOnce(SecretIndex.of([]));
  const current = () => {
    const now = secrets();
    if (now !== known) {
      index = prepared.get(now) ?? atOnce(SecretIndex.of(now));
      known = now;
    }
    return index;
  };
  return {
    bytes: (bytes) => withoutSpans(bytes, current().find(bytes)),
    text(text) {
      if (current().size === 0) return text;
      const bytes = encoder.encode(text);
      const spans = index.find(bytes);
      return spans.length === 0 ? text : new TextDecoder().decode(withoutSpans(bytes, spans));
    },
  };
}

/** Reads `secrets` ahead, so that a redactor that is given this very object finds it ready. */
export function* prepareSecrets(secrets: Iterable<string>): Steps<void> {
  prepared.set(secrets, yield* SecretIndex.of(secrets));
}

const prepared = new WeakMap<Iterable<string>, SecretIndex>();

/** What several redactors take out, in one. */
export function redactors(...all: readonly Redactor[]): Redactor {
  return {
    bytes: (bytes) => all.reduce((left, redactor) => redactor.bytes(left), bytes),
    text: (text) => all.reduce((left, redactor) => redactor.text(left), text),
  };
}

const encoder = new TextEncoder();
const REDACTED_BYTES = encoder.encode(REDACTED);

interface FoundSpan {
  start: number;
  end: number;
}

/** A secret of these characters alone has one spelling. */
const PLAIN = /^[A-Za-z0-9_.~+=:-]*$/;

/** Every way in which a secret may stand in a body: as it is, JSON-escaped, and with `/` escaped too. */
function spellings(secret: string): Uint8Array[] {
  if (PLAIN.test(secret)) return secret.length >= MIN_SECRET_BYTES ? [encoder.encode(secret)] : [];
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, escaped, escaped.replaceAll("/", "\\/")])]
    .map((spelling) => encoder.encode(spelling))
    .filter((bytes) => bytes.length >= MIN_SECRET_BYTES);
}

/** Bytes at the end of a secret by which it is looked for: the *last*, because vendors give all keys the same beginning. */
const TAIL_BYTES = MIN_SECRET_BYTES;

/**
 * Finds any of many byte strings in one pass, whatever their number (Wu and Manber, "A Fast Algorithm for
 * Multi-Pattern Searching", 1994, with blocks of two bytes): two bytes tell how far the next possible end of a
 * secret is, so that most of a text is skipped; where it may be here, the last eight are looked up in a bit set,
 * and only where that says "maybe" is a table asked.
 */
class SecretIndex {
  /** Indexed spellings. */
  readonly size: number;
  readonly #byTail: Map<number, Uint8Array[]>;
  readonly #maybe: Uint32Array;
  /** Shift that leaves as many bits of a hash as the bit set has addresses. */
  readonly #shift: number;
  /** By two bytes (the first times 256): how many bytes further the last of a secret can stand at the earliest. */
  readonly #skips: Uint8Array;

  private constructor(byTail: Map<number, Uint8Array[]>, size: number, skips: Uint8Array) {
    this.#byTail = byTail;
    this.#skips = skips;
    this.size = size;
    // 32 bits a secret keep false alarms near 3 %; at most 2^24 bits (2 MB).
    const addressBits = Math.min(24, Math.max(12, Math.ceil(Math.log2(Math.max(size, 1) * 32))));
    this.#shift = 32 - addressBits;
    this.#maybe = new Uint32Array(2 ** addressBits / 32);
    for (const hash of this.#byTail.keys()) {
      const address = hash >>> this.#shift;
      this.#maybe[address >>> 5] = (this.#maybe[address >>> 5] ?? 0) | (1 << (address & 31));
    }
  }

  /** Makes one of every spelling of the secrets, in steps. */
  static *of(secrets: Iterable<string>): Steps<SecretIndex> {
    const byTail = new Map<number, Uint8Array[]>();
    const skips = new Uint8Array(65_536).fill(TAIL_BYTES - 1);
    let size = 0;
    let steps = 0;
    for (const secret of secrets) {
      for (const spelling of spellings(secret)) {
        const hash = tailHash(spelling);
        const sharing = byTail.get(hash);
        if (sharing === undefined) byTail.set(hash, [spelling]);
        else sharing.push(spelling);
        noteSkips(skips, spelling.subarray(-TAIL_BYTES));
        size++;
      }
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    return new SecretIndex(byTail, size, skips);
  }

  /** Where secrets stand in `bytes`: in order, not touching. */
  find(bytes: Uint8Array): FoundSpan[] {
    const spans: FoundSpan[] = [];
    if (this.size === 0) return spans;
    const maybe = this.#maybe;
    const shift = this.#shift;
    const skips = this.#skips;
    for (let at = TAIL_BYTES - 1; at < bytes.length;) {
      const skip = skips[((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0)] ?? 0;
      if (skip > 0) {
        at += skip;
        continue;
      }
      at++;
      const hash = windowHash(wordAt(bytes, at - 8), wordAt(bytes, at - 4));
      const address = hash >>> shift;
      if (((maybe[address >>> 5] ?? 0) & (1 << (address & 31))) === 0) continue;
      const start = this.#startOf(hash, bytes, at);
      if (start >= 0) addSpan(spans, start, at);
    }
    return spans;
  }

  /** Start of the longest secret that ends at `end`, or -1. */
  #startOf(hash: number, bytes: Uint8Array, end: number): number {
    let start = -1;
    for (const secret of this.#byTail.get(hash) ?? []) {
      const from = end - secret.length;
      if (from >= 0 && (start < 0 || from < start) && standsAt(secret, bytes, from)) start = from;
    }
    return start;
  }
}

/** Mixes eight bytes given as two words into 32 bits (multipliers of xxHash32). */
function windowHash(high: number, low: number): number {
  const mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d) >>> 0;
}

function tailHash(secret: Uint8Array): number {
  const end = secret.length;
  return windowHash(wordAt(secret, end - 8), wordAt(secret, end - 4));
}

/** Four bytes as a number, the first highest. */
function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0);
}

/** Lowers what may be skipped after each two bytes of a secret's tail to their distance from its end. */
function noteSkips(skips: Uint8Array, tail: Uint8Array): void {
  for (let at = 1; at < tail.length; at++) {
    const pair = ((tail[at - 1] ?? 0) << 8) | (tail[at] ?? 0);
    skips[pair] = Math.min(skips[pair] ?? 0, tail.length - 1 - at);
  }
}

function standsAt(secret: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < secret.length; i++) {
    if (secret[i] !== bytes[from + i]) return false;
  }
  return true;
}

/** Adds a span found further right than all before, joining those it overlaps. */
function addSpan(spans: FoundSpan[], start: number, end: number): void {
  let last = spans.at(-1);
  while (last !== undefined && last.end > start) {
    start = Math.min(start, last.start);
    spans.pop();
    last = spans.at(-1);
  }
  spans.push({ start, end });
}

function withoutSpans(bytes: Uint8Array, spans: readonly FoundSpan[]): Uint8Array {
  if (spans.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end } of spans) {
    parts.push(bytes.subarray(at, start), REDACTED_BYTES);
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
