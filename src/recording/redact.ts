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

/** Entries of one index: beyond, more of a text is looked at instead. */
const MAX_ENTRIES = 65_536;

/** Most bytes from one looked-at place of a text to the next. */
const MAX_STRIDE = 8;

/** A secret, and how many of its bytes stand behind the window that is indexed. */
interface Entry {
  readonly secret: Uint8Array;
  readonly behind: number;
}

/**
 * Finds any of many byte strings in one pass, whatever their number: a window of eight bytes is looked up in a bit
 * set, and only where that says "maybe" is a table asked. Of each secret the windows near its *end* are indexed,
 * because vendors give all keys the same beginning: as many as a stride is long, so that one of them lies at a place
 * that is looked at, wherever the secret stands.
 */
class SecretIndex {
  /** Indexed spellings. */
  readonly size: number;
  readonly #stride: number;
  readonly #byWindow: Map<number, Entry[]>;
  readonly #maybe: Uint32Array;
  /** Shift that leaves as many bits of a hash as the bit set has addresses. */
  readonly #shift: number;

  private constructor(byWindow: Map<number, Entry[]>, size: number, stride: number) {
    this.#byWindow = byWindow;
    this.#stride = stride;
    this.size = size;
    // 32 bits an entry keep false alarms near 3 %; at most 2^24 bits (2 MB).
    const addressBits = Math.min(24, Math.max(12, Math.ceil(Math.log2(Math.max(size * stride, 1) * 32))));
    this.#shift = 32 - addressBits;
    this.#maybe = new Uint32Array(2 ** addressBits / 32);
    for (const hash of byWindow.keys()) {
      const address = hash >>> this.#shift;
      this.#maybe[address >>> 5] = (this.#maybe[address >>> 5] ?? 0) | (1 << (address & 31));
    }
  }

  /** Makes one of every spelling of the secrets, in steps. */
  static *of(secrets: Iterable<string>): Steps<SecretIndex> {
    const all: Uint8Array[] = [];
    let shortestBytes = Infinity;
    let steps = 0;
    for (const secret of secrets) {
      for (const spelling of spellings(secret)) {
        all.push(spelling);
        shortestBytes = Math.min(shortestBytes, spelling.length);
      }
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    const stride = Math.max(
      1,
      Math.min(
        MAX_STRIDE,
        shortestBytes - WINDOW_BYTES + 1,
        Math.floor(MAX_ENTRIES / Math.max(1, all.length)),
      ),
    );
    const byWindow = new Map<number, Entry[]>();
    for (const secret of all) {
      const view = new DataView(secret.buffer, secret.byteOffset, secret.length);
      for (let behind = 0; behind < stride; behind++) {
        const hash = windowHash(view, secret.length - behind - WINDOW_BYTES);
        const sharing = byWindow.get(hash);
        if (sharing === undefined) byWindow.set(hash, [{ secret, behind }]);
        else sharing.push({ secret, behind });
      }
      if (++steps % SECRETS_A_STEP === 0) yield;
    }
    return new SecretIndex(byWindow, all.length, stride);
  }

  /** Where secrets stand in `bytes`: in order, not touching. */
  find(bytes: Uint8Array): FoundSpan[] {
    const spans: FoundSpan[] = [];
    if (this.size === 0) return spans;
    const maybe = this.#maybe;
    const shift = this.#shift;
    const stride = this.#stride;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const last = bytes.length - WINDOW_BYTES;
    for (let at = 0; at <= last; at += stride) {
      const hash = windowHash(view, at);
      const address = hash >>> shift;
      if (((maybe[address >>> 5] ?? 0) & (1 << (address & 31))) === 0) continue;
      for (const { secret, behind } of this.#byWindow.get(hash) ?? NO_ENTRIES) {
        const end = at + WINDOW_BYTES + behind;
        const start = end - secret.length;
        if (start >= 0 && standsAt(secret, bytes, start)) addSpan(spans, start, end);
      }
    }
    return spans;
  }
}

const NO_ENTRIES: readonly Entry[] = [];

/** Bytes of a window; no secret is shorter. */
const WINDOW_BYTES = 8;

/** Mixes the eight bytes at `at` into 32 bits (multipliers of xxHash32). */
function windowHash(view: DataView, at: number): number {
  const mixed = Math.imul(view.getInt32(at + 4), 0x9e3779b1) ^ Math.imul(view.getInt32(at), 0x85ebca77);
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d) >>> 0;
}

function standsAt(secret: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < secret.length; i++) {
    if (secret[i] !== bytes[from + i]) return false;
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
