/** One WebSocket frame, its payload unmasked. */
export interface Frame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Uint8Array;
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK = Uint8Array.of(1, 2, 3, 4);

/** A frame as bytes: masked as a client must send it, or not, as a server must. */
export function frameBytes(
  opcode: number,
  payload: Uint8Array,
  { fin = true, masked = false } = {},
): Uint8Array {
  const size = payload.length;
  const long = size > 65_535 ? 8 : size > 125 ? 2 : 0;
  const head = new Uint8Array(2 + long + (masked ? 4 : 0));
  const view = new DataView(head.buffer);
  head[0] = (fin ? 0x80 : 0) + opcode;
  head[1] = (masked ? 0x80 : 0) + (long === 8 ? 127 : long === 2 ? 126 : size);
  if (long === 2) view.setUint16(2, size);
  if (long === 8) view.setUint32(6, size);
  if (masked) head.set(MASK, 2 + long);
  const body = masked ? payload.map((byte, at) => byte ^ (MASK[at % 4] ?? 0)) : payload;
  const bytes = new Uint8Array(head.length + size);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** Code and reason of a close frame. */
export function closeOf(frame: Frame | undefined): { code: number; reason: string } | undefined {
  if (frame?.opcode !== OPCODES.close) return undefined;
  const [high = 0, low = 0] = frame.payload;
  return { code: high * 256 + low, reason: new TextDecoder().decode(frame.payload.subarray(2)) };
}

/** The payload of a close frame. */
export function closePayload(code: number, reason: string): Uint8Array {
  return Uint8Array.of(code >> 8, code & 255, ...new TextEncoder().encode(reason));
}

/** Cuts bytes into frames as they come. */
export class FrameParser {
  readonly frames: Frame[] = [];
  #held = new Uint8Array(0);

  push(chunk: Uint8Array): void {
    const all = new Uint8Array(this.#held.length + chunk.length);
    all.set(this.#held);
    all.set(chunk, this.#held.length);
    this.#held = all;
    while (this.#next());
  }

  #next(): boolean {
    const bytes = this.#held;
    if (bytes.length < 2) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const second = bytes[1] ?? 0;
    const short = second % 128;
    const long = short === 127 ? 8 : short === 126 ? 2 : 0;
    const isMasked = second >= 128;
    const start = 2 + long + (isMasked ? 4 : 0);
    if (bytes.length < start) return false;
    const size = long === 8 ? view.getUint32(6) : long === 2 ? view.getUint16(2) : short;
    if (bytes.length < start + size) return false;
    const mask = bytes.slice(2 + long, start);
    const payload = bytes.slice(start, start + size);
    if (isMasked) payload.forEach((byte, at) => payload[at] = byte ^ (mask[at % 4] ?? 0));
    const first = bytes[0] ?? 0;
    this.frames.push({ fin: first >= 128, opcode: first % 16, payload });
    this.#held = bytes.slice(start + size);
    return true;
  }
}
