import { joinBytes } from "../../core/bytes/join_bytes.ts";
import { GatewayError } from "../../core/errors.ts";
import type { CaptureBudget } from "../../recording/capture.ts";

/** Bounds of reading. */
export interface ReadLimits {
  /** Largest JSON body, in bytes, after decoding too. */
  readonly maxBytes: number;
  /** Bytes all requests in flight may hold together. */
  readonly budget: CaptureBudget;
}

/** When a client that found no room is told to come back, in milliseconds. */
const COME_BACK_MS = 1000;

/** Takes room for a request body; throws `GatewayError` `overloaded` where there is none. */
export function takeRoom(budget: CaptureBudget, sizeBytes: number): void {
  if (budget.take(sizeBytes)) return;
  throw new GatewayError("overloaded", "The gateway holds too many request bodies. Try again shortly.", {
    retryAfterMs: COME_BACK_MS,
  });
}

/**
 * A body on its way to one piece. Room is taken for all of an announced length before its first byte is read, so
 * that bodies that cannot be held together are refused at once and not all of them half way.
 */
export class BodyCollector {
  readonly #budget: CaptureBudget;
  readonly #announcedBytes: number;
  #chunks: Uint8Array[] = [];
  /** Room for all that was announced, of which `#wholeBytes` have come. */
  #whole: Uint8Array | undefined;
  #wholeBytes = 0;
  /** Bytes that have come. */
  sizeBytes = 0;
  /** Bytes taken from the budget; giving them back is the caller's. */
  heldBytes: number;

  /** Throws `GatewayError` `overloaded` where `announcedBytes` find no room; 0: nothing is known of the length. */
  constructor(budget: CaptureBudget, announcedBytes: number) {
    takeRoom(budget, announcedBytes);
    this.#budget = budget;
    this.#announcedBytes = announcedBytes;
    this.heldBytes = announcedBytes;
  }

  /** Adds a chunk; throws `GatewayError` `overloaded` where it finds no room. */
  add(chunk: Uint8Array): void {
    const sizeBytes = this.sizeBytes + chunk.length;
    if (sizeBytes > this.heldBytes) {
      takeRoom(this.#budget, sizeBytes - this.heldBytes);
      this.heldBytes = sizeBytes;
    }
    if (this.sizeBytes === 0 && chunk.length < this.#announcedBytes) {
      // Filled as it comes: each byte is copied once, and no chunk waits for the last one.
      this.#whole = new Uint8Array(this.#announcedBytes);
    }
    // More than was announced is kept beside it, and so is all that follows.
    if (this.#whole !== undefined && sizeBytes <= this.#whole.length) {
      this.#whole.set(chunk, this.sizeBytes);
      this.#wholeBytes = sizeBytes;
    } else this.#chunks.push(chunk);
    this.sizeBytes = sizeBytes;
  }

  /** Takes out everything in one piece. */
  take(): Uint8Array {
    const begun = this.#whole?.subarray(0, this.#wholeBytes);
    const pieces = begun === undefined ? this.#chunks : [begun, ...this.#chunks];
    this.#whole = undefined;
    this.#chunks = [];
    const only = pieces[0];
    return only !== undefined && pieces.length === 1 ? only : joinBytes(pieces, this.sizeBytes);
  }
}
