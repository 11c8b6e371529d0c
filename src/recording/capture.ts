/** Bytes that all captures of one gateway may hold together. */
export class CaptureBudget {
  readonly #limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes `sizeBytes` from the budget; false, taking nothing, when they are not there. */
  take(sizeBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > this.#limitBytes) return false;
    this.#heldBytes += sizeBytes;
    return true;
  }

  /** Gives bytes back. */
  give(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }
}

/**
 * Keeps a copy of bytes going by, for the record, within its own limit and the gateway's budget. Past either
 * it lets go of what it kept and only counts on: a record may become poorer, a request never slower.
 */
export class Capture {
  readonly #budget: CaptureBudget;
  readonly #limitBytes: number;
  #chunks: Uint8Array[] = [];
  #keptBytes = 0;
  #sizeBytes = 0;
  #over = false;

  constructor(budget: CaptureBudget, limitBytes: number) {
    this.#budget = budget;
    this.#limitBytes = limitBytes;
  }

  /** Adds a chunk. It is kept by reference when it owns most of its memory, else copied (see `docs/design.md` §12). */
  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#over) return;
    if (this.#keptBytes + chunk.length > this.#limitBytes || !this.#budget.take(chunk.length)) {
      this.#over = true;
      this.release();
      return;
    }
    this.#keptBytes += chunk.length;
    // Not `slice()`: chunks from the socket are Buffers, whose `slice` is a view of the same memory.
    this.#chunks.push(chunk.buffer.byteLength > 2 * chunk.length ? new Uint8Array(chunk) : chunk);
  }

  /** Forgets everything, as when an attempt failed and another begins. */
  reset(): void {
    this.release();
    this.#sizeBytes = 0;
    this.#over = false;
  }

  /** All bytes in one piece; undefined when they went over a limit. */
  bytes(): Uint8Array | undefined {
    if (this.#over) return undefined;
    if (this.#chunks.length === 1) return this.#chunks[0];
    const whole = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** Bytes that went by, kept or not. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Gives the memory back to the budget. Call once the record is written or dropped. */
  release(): void {
    this.#budget.give(this.#keptBytes);
    this.#chunks = [];
    this.#keptBytes = 0;
  }
}
