import { joined, packed, type Piece, unpacked } from "./captured_pieces.ts";

/** Bytes that all captures of one gateway may hold together. */
export class CaptureBudget {
  /** Bytes that may be held; when it is made less than what is held, nothing more is given out until enough came back. */
  limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Takes `sizeBytes` from the budget; false, taking nothing, when they are not there. */
  take(sizeBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > this.limitBytes) return false;
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

/** Small chunks are gathered in pieces of at most this size: an array of its own costs a chunk of 200 bytes as much again. */
const PIECE_BYTES = 16 * 1024;

/** Room of the first piece, which doubles as more comes. */
const FIRST_PIECE_BYTES = 1024;

/** A chunk of this size or more is a piece of its own. */
const LARGE_BYTES = PIECE_BYTES / 4;

/**
 * With more than this held by all captures, or an eighth of what may be, full pieces are compressed: events of a
 * stream shrink to a twentieth in a quarter of a millisecond. With less, memory is cheaper than that.
 */
const CROWDED_BYTES = 16 * 1024 * 1024;

/**
 * Keeps a copy of bytes going by, for the record, within its own limit and the gateway's budget. Past either
 * it lets go of what it kept and only counts on: a record may become poorer, a request never slower.
 */
export class Capture {
  readonly #budget: CaptureBudget;
  readonly #limitBytes: number;
  #pieces: Piece[] = [];
  /** The piece that small chunks are gathered in, of which `#openBytes` are filled. */
  #open = NOTHING;
  #openBytes = 0;
  /** Bytes kept, and what they take from the budget: less where pieces are compressed. */
  #keptBytes = 0;
  #heldBytes = 0;
  #sizeBytes = 0;
  #over = false;

  constructor(budget: CaptureBudget, limitBytes: number) {
    this.#budget = budget;
    this.#limitBytes = limitBytes;
  }

  /** Adds a chunk. A large one is kept by reference when it owns most of its memory, else copied (see `docs/design.md` §12). */
  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#over) return;
    if (this.#keptBytes + chunk.length > this.#limitBytes || !this.#budget.take(chunk.length)) {
      this.#over = true;
      this.release();
      return;
    }
    this.#keptBytes += chunk.length;
    this.#heldBytes += chunk.length;
    if (chunk.length < LARGE_BYTES) return this.#gather(chunk);
    this.#close();
    // Not `slice()`: chunks from the socket are Buffers, whose `slice` is a view of the same memory.
    const bytes = chunk.buffer.byteLength > 2 * chunk.length ? new Uint8Array(chunk) : chunk;
    this.#pieces.push({ bytes, unpackedBytes: undefined });
  }

  /** Forgets everything, as when an attempt failed and another begins. */
  reset(): void {
    this.release();
    this.#sizeBytes = 0;
    this.#over = false;
  }

  /** All bytes in one piece; undefined when they went over a limit. What was compressed must find room again. */
  bytes(): Uint8Array | undefined {
    const extraBytes = this.#keptBytes - this.#heldBytes;
    if (!this.#over && !this.#budget.take(extraBytes)) {
      this.#over = true;
      this.release();
    }
    if (this.#over) return undefined;
    this.#heldBytes += extraBytes;
    this.#close({ mayPack: false });
    const whole = joined(this.#pieces.map(unpacked), this.#keptBytes);
    // In place of the pieces, which would be a second copy until the record is written.
    this.#pieces = [{ bytes: whole, unpackedBytes: undefined }];
    return whole;
  }

  /** Bytes that went by, kept or not. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Gives the memory back to the budget. Call once the record is written or dropped. */
  release(): void {
    this.#budget.give(this.#heldBytes);
    this.#pieces = [];
    this.#open = NOTHING;
    this.#openBytes = 0;
    this.#keptBytes = 0;
    this.#heldBytes = 0;
  }

  #gather(chunk: Uint8Array): void {
    const neededBytes = this.#openBytes + chunk.length;
    if (neededBytes > PIECE_BYTES) {
      this.#close();
      return this.#gather(chunk);
    }
    if (neededBytes > this.#open.length) {
      const roomBytes = Math.max(FIRST_PIECE_BYTES, neededBytes, 2 * this.#open.length);
      const grown = new Uint8Array(Math.min(PIECE_BYTES, roomBytes));
      grown.set(this.#open.subarray(0, this.#openBytes));
      this.#open = grown;
    }
    this.#open.set(chunk, this.#openBytes);
    this.#openBytes = neededBytes;
  }

  /** The piece in hand is full, or something else follows it. */
  #close({ mayPack } = { mayPack: true }): void {
    if (this.#openBytes === 0) return;
    const bytes = this.#open.subarray(0, this.#openBytes);
    const isFull = 2 * this.#openBytes > PIECE_BYTES;
    const piece = mayPack && isFull && this.#isCrowded()
      ? packed(bytes)
      : { bytes, unpackedBytes: undefined };
    this.#pieces.push(piece);
    const sparedBytes = this.#openBytes - piece.bytes.length;
    this.#budget.give(sparedBytes);
    this.#heldBytes -= sparedBytes;
    this.#openBytes = 0;
    // What was packed left its room free.
    if (piece.unpackedBytes === undefined) this.#open = NOTHING;
  }

  #isCrowded(): boolean {
    const { heldBytes, limitBytes } = this.#budget;
    return heldBytes > Math.min(CROWDED_BYTES, limitBytes / 8);
  }
}

const NOTHING = new Uint8Array(0);
