const CR = 13;
const LF = 10;

/** Most bytes of one unfinished event that are held back; a longer one passes in pieces. */
export const MAX_HELD_EVENT_BYTES = 256 * 1024;

/**
 * Lets a server-sent event stream pass event by event: bytes are unchanged and in order, only the beginning of
 * an unfinished event waits for its end. No client can use half an event, and so whatever the gateway itself
 * has to say (a keep-alive, an error) always falls between two events, also when an upstream is cut in one.
 */
export class WholeEvents {
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #beforeLast = 0;
  #last = 0;
  #between = true;

  /** Takes the next bytes; returns those that may pass now, often the very chunk. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    if (chunk.length === 0) return NOTHING;
    const end = this.#lastEventEnd(chunk);
    this.#beforeLast = chunk.length > 1 ? chunk[chunk.length - 2] ?? 0 : this.#last;
    this.#last = chunk[chunk.length - 1] ?? 0;
    if (end === chunk.length && this.#tailBytes === 0) {
      this.#between = true;
      return [chunk];
    }
    if (end === 0) {
      this.#hold(chunk);
      if (this.#tailBytes <= MAX_HELD_EVENT_BYTES) return NOTHING;
      this.#between = false;
      return this.rest();
    }
    const passing = [...this.rest(), chunk.subarray(0, end)];
    this.#between = true;
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return passing;
  }

  /** Takes out what was held back; at the proper end of a stream it passes too. */
  rest(): Uint8Array[] {
    const rest = this.#tail;
    this.#tail = [];
    this.#tailBytes = 0;
    return rest;
  }

  /** Whether what has passed ends with a whole event. */
  get between(): boolean {
    return this.#between;
  }

  #hold(bytes: Uint8Array): void {
    this.#tail.push(bytes);
    this.#tailBytes += bytes.length;
  }

  /** The place after the last empty line in `chunk`, 0 when there is none; the two bytes before it count. */
  #lastEventEnd(chunk: Uint8Array): number {
    for (let at = chunk.length - 1; at >= 0; at--) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) continue;
      const before = at > 0 ? chunk[at - 1] : this.#last;
      if (before !== LF && before !== CR) continue;
      if (byte === before) return at + 1;
      // CR LF is one line end: it closes an event only after another line end. LF CR is the middle of CR LF CR LF.
      const beforeThat = at > 1 ? chunk[at - 2] : at === 1 ? this.#last : this.#beforeLast;
      if (byte === LF && (beforeThat === LF || beforeThat === CR)) return at + 1;
    }
    return 0;
  }
}

const NOTHING: readonly Uint8Array[] = [];
