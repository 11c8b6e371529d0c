/** Primes of xxHash32 (its specification, § "Overview"). */
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;

/** Bytes of a seed: one word for each lane. */
export const SEED_BYTES = 16;

/**
 * A hash of what is added to it piece by piece, of {@link KeyedHash.value}'s 53 bits, by the rounds of xxHash32 over four lanes
 * that all go into the result. Fast and spread well, and not to be foretold without the seed; it is no
 * cryptographic hash, so nothing may rest on it that an attacker gains by.
 */
export class KeyedHash {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: {@link SEED_BYTES} secret bytes. */
  constructor(seed: Uint8Array) {
    const words = new DataView(seed.buffer, seed.byteOffset, SEED_BYTES);
    this.#a = words.getInt32(0, true);
    this.#b = words.getInt32(4, true);
    this.#c = words.getInt32(8, true);
    this.#d = words.getInt32(12, true);
  }

  /** Another one with all that was added so far. */
  fork(): KeyedHash {
    const fork = new KeyedHash(NO_SEED);
    fork.#a = this.#a;
    fork.#b = this.#b;
    fork.#c = this.#c;
    fork.#d = this.#d;
    return fork;
  }

  /** Adds bytes `start` up to `end`. Where a piece ends makes no difference: see {@link number}. */
  bytes(view: DataView, start: number, end: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    let at = start;
    for (; at + 16 <= end; at += 16) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    for (; at + 4 <= end; at += 4) {
      const next = round(a, view.getInt32(at, true));
      a = b;
      b = c;
      c = d;
      d = next;
    }
    for (; at < end; at++) a = round(a, view.getUint8(at));
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** Adds a text and its length. */
  text(text: string): void {
    let b = this.#b;
    for (let at = 0; at < text.length; at++) b = round(b, text.charCodeAt(at));
    this.#b = b;
    this.number(text.length);
  }

  /** Adds a whole number below 2^32, such as the length of what went before. */
  number(value: number): void {
    this.#c = round(this.#c, value | 0);
  }

  /** The hash of all that was added so far: a whole number from 0 below 2^53. */
  get value(): number {
    const high = mixed(
      rotated(this.#a, 1) + rotated(this.#b, 7) + rotated(this.#c, 12) + rotated(this.#d, 18),
    );
    const low = mixed(round(round(round(this.#d ^ high, this.#c), this.#b), this.#a));
    return (high >>> 11) * 2 ** 32 + (low >>> 0);
  }
}

const NO_SEED = new Uint8Array(SEED_BYTES);

function rotated(lane: number, bits: number): number {
  return (lane << bits) | (lane >>> (32 - bits));
}

function round(lane: number, word: number): number {
  return Math.imul(rotated(lane + Math.imul(word, PRIME_2) | 0, 13), PRIME_1);
}

/** Lets every bit reach every other. */
function mixed(lane: number): number {
  let bits = Math.imul(lane ^ (lane >>> 15), PRIME_2);
  bits = Math.imul(bits ^ (bits >>> 13), PRIME_3);
  return bits ^ (bits >>> 16);
}
