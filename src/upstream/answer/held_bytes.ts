import { joinBytes } from "../../core/bytes/join_bytes.ts";

/** Pieces of an answer waiting for a verdict on the whole. */
export class HeldBytes {
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;

  /** Adds a piece, by reference. */
  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Takes the pieces out. */
  take(): readonly Uint8Array[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#sizeBytes = 0;
    return pieces;
  }

  /** Takes everything out in one piece. */
  join(): Uint8Array {
    const whole = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    if (whole !== undefined) {
      this.take();
      return whole;
    }
    const sizeBytes = this.#sizeBytes;
    return joinBytes(this.take(), sizeBytes);
  }
}
