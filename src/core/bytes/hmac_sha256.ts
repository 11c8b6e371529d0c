/** Round constants of SHA-256 (FIPS 180-4, §4.2.2): of the cube roots of the first 64 primes, 32 bits behind the point. */
const ROUND_CONSTANTS = rootsOfPrimes(64, 1 / 3);

/** What SHA-256 begins with (FIPS 180-4, §5.3.3): of the square roots of the first eight primes. */
const INITIAL_STATE = rootsOfPrimes(8, 1 / 2);

/** Bytes of a block. */
const BLOCK_BYTES = 64;

/** Longest message that is hashed in {@link scratch}, in bytes, its padding not counted. */
const SCRATCH_BYTES = 1024;

/**
 * HMAC-SHA-256 (RFC 2104) of texts under one key, with the key's own blocks hashed once. For tens of thousands of
 * short texts in a row: here one costs a tenth of `node:crypto`'s, whose every call crosses into native code. What
 * is not returned is kept for the next call: making buffers would cost as much as hashing.
 */
export class HmacSha256 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;

  constructor(key: Uint8Array) {
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
    this.#inner = stateAfter(block.map((byte) => byte ^ 0x36));
    this.#outer = stateAfter(block.map((byte) => byte ^ 0x5c));
  }

  /** The 32 bytes of the text's UTF-8. */
  digest(text: string): Uint8Array {
    const state = workingState;
    state.set(this.#inner);
    const sizeBytes = writeText(text);
    if (sizeBytes < 0) finish(state, encoder.encode(text), BLOCK_BYTES);
    else finishScratch(state, sizeBytes, BLOCK_BYTES);
    writeState(state, scratch);
    state.set(this.#outer);
    finishScratch(state, 32, BLOCK_BYTES);
    const digest = new Uint8Array(32);
    writeState(state, digest);
    return digest;
  }
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(SCRATCH_BYTES + 2 * BLOCK_BYTES);
const workingState = new Int32Array(8);
const schedule = new Int32Array(64);

/** Writes it to {@link scratch} in UTF-8; its size, or −1 where it is too long. */
function writeText(text: string): number {
  const { length } = text;
  // Three bytes a code unit at most.
  if (length * 3 > SCRATCH_BYTES) return -1;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) return encoder.encodeInto(text, scratch).written;
    scratch[at] = code;
  }
  return length;
}

/**
 * SHA-256 (FIPS 180-4) of the text's UTF-8, as 64 lower-case hexadecimal digits. For short texts on the request path:
 * `node:crypto` takes ten times as long for one.
 */
export function shortSha256Hex(text: string): string {
  const state = workingState;
  state.set(INITIAL_STATE);
  const sizeBytes = writeText(text);
  if (sizeBytes < 0) finish(state, encoder.encode(text), 0);
  else finishScratch(state, sizeBytes, 0);
  let hex = "";
  for (const word of state) hex += (word >>> 0).toString(16).padStart(8, "0");
  return hex;
}

function sha256(bytes: Uint8Array): Uint8Array {
  const state = INITIAL_STATE.slice();
  finish(state, bytes, 0);
  const digest = new Uint8Array(32);
  writeState(state, digest);
  return digest;
}

function stateAfter(block: Uint8Array): Int32Array {
  const state = INITIAL_STATE.slice();
  compress(state, block, 0);
  return state;
}

/** Takes in `bytes`, with all that was taken in before (`begunBytes`) the whole message. */
function finish(state: Int32Array, bytes: Uint8Array, begunBytes: number): void {
  const wholeBytes = bytes.length - bytes.length % BLOCK_BYTES;
  for (let at = 0; at < wholeBytes; at += BLOCK_BYTES) compress(state, bytes, at);
  scratch.set(bytes.subarray(wholeBytes));
  finishScratch(state, bytes.length - wholeBytes, begunBytes + wholeBytes);
}

/** The same for the first `sizeBytes` of {@link scratch}: pads them there (FIPS 180-4, §5.1.1). */
function finishScratch(state: Int32Array, sizeBytes: number, begunBytes: number): void {
  const paddedBytes = (Math.floor((sizeBytes + 8) / BLOCK_BYTES) + 1) * BLOCK_BYTES;
  const bits = (begunBytes + sizeBytes) * 8;
  scratch.fill(0, sizeBytes, paddedBytes);
  scratch[sizeBytes] = 0x80;
  writeWord(scratch, paddedBytes - 8, Math.floor(bits / 2 ** 32));
  writeWord(scratch, paddedBytes - 4, bits | 0);
  for (let at = 0; at < paddedBytes; at += BLOCK_BYTES) compress(state, scratch, at);
}

function writeState(state: Int32Array, into: Uint8Array): void {
  for (let word = 0; word < 8; word++) writeWord(into, 4 * word, state[word] ?? 0);
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word >>> 24;
  into[at + 1] = word >>> 16;
  into[at + 2] = word >>> 8;
  into[at + 3] = word;
}

/** One block more (FIPS 180-4, §6.2.2). */
function compress(state: Int32Array, bytes: Uint8Array, start: number): void {
  const w = schedule;
  let at = start;
  for (let t = 0; t < 16; t++, at += 4) {
    w[t] = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0);
  }
  for (let t = 16; t < 64; t++) {
    const near = w[t - 2] ?? 0;
    const far = w[t - 15] ?? 0;
    const one = (near >>> 17 | near << 15) ^ (near >>> 19 | near << 13) ^ (near >>> 10);
    const other = (far >>> 7 | far << 25) ^ (far >>> 18 | far << 14) ^ (far >>> 3);
    w[t] = (one + (w[t - 7] ?? 0) + other + (w[t - 16] ?? 0)) | 0;
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let t = 0; t < 64; t++) {
    const ofE = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const first = (h + ofE + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[t] ?? 0) + (w[t] ?? 0)) | 0;
    const ofA = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const second = (ofA + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  add(state, 0, a);
  add(state, 1, b);
  add(state, 2, c);
  add(state, 3, d);
  add(state, 4, e);
  add(state, 5, f);
  add(state, 6, g);
  add(state, 7, h);
}

function add(state: Int32Array, word: number, value: number): void {
  state[word] = (state[word] ?? 0) + value;
}

function rootsOfPrimes(count: number, exponent: number): Int32Array {
  const words = new Int32Array(count);
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.some((prime) => candidate % prime === 0)) continue;
    const root = candidate ** exponent;
    words[primes.length] = Math.floor((root - Math.floor(root)) * 2 ** 32);
    primes.push(candidate);
  }
  return words;
}
