/** Longest head of a frame, in bytes: two, a 64-bit length, a masking key (RFC 6455 §5.2). */
const MAX_HEAD_BYTES = 14;

/** RFC 6455 §5.2. */
const OPCODE_CLOSE = 8;

/**
 * Follows the frames of one direction of a WebSocket by their heads alone: payloads, compressed or not, are only
 * counted. Bytes that are no frames make it wrong, never fail.
 */
export class FrameWatch {
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headBytes = 0;
  #payloadBytes = 0;
  #closeSeen = false;

  /** Looks at the next bytes, split anywhere. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadBytes > 0) {
        const taken = Math.min(this.#payloadBytes, chunk.length - at);
        this.#payloadBytes -= taken;
        at += taken;
      } else this.#pushHead(chunk[at++] ?? 0);
    }
  }

  /** Whether the bytes so far end between two frames: only here may one be put in. */
  get betweenFrames(): boolean {
    return this.#headBytes === 0 && this.#payloadBytes === 0;
  }

  /** Whether a close frame has begun. */
  get closeSeen(): boolean {
    return this.#closeSeen;
  }

  #pushHead(byte: number): void {
    this.#head[this.#headBytes++] = byte;
    if (this.#headBytes < headLength(this.#head, this.#headBytes)) return;
    this.#closeSeen ||= (this.#head[0] ?? 0) % 16 === OPCODE_CLOSE;
    this.#payloadBytes = payloadLength(this.#head);
    this.#headBytes = 0;
  }
}

/** Length of the head that begins so, as far as `known` bytes of it tell. */
function headLength(head: Uint8Array, known: number): number {
  if (known < 2) return 2;
  const second = head[1] ?? 0;
  const length = second % 128;
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second >= 128 ? 4 : 0);
}

function payloadLength(head: Uint8Array): number {
  const view = new DataView(head.buffer);
  const length = (head[1] ?? 0) % 128;
  if (length === 126) return view.getUint16(2);
  // Beyond 2^53 bytes nobody lives to see the rounding.
  return length === 127 ? view.getUint32(2) * 2 ** 32 + view.getUint32(6) : length;
}
