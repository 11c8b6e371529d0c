import { GatewayError } from "../../core/errors.ts";
import { type Exchange, headerValue } from "../../core/exchange.ts";
import type { CaptureBudget } from "../../recording/capture.ts";
import { decodeBody, tooLarge } from "./decode_body.ts";

/** How much of a body that is not JSON is read before it goes on: what fits may be sent again elsewhere. */
export const PREFIX_LIMIT_BYTES = 4 * 1024 * 1024;

/** A body as far as it was read. */
export interface ReadBody {
  /** What was read: all of it, or the first part of it. */
  readonly bytes: Uint8Array;
  /** What is still to come; undefined when `bytes` is all. */
  readonly rest: AsyncIterable<Uint8Array> | undefined;
  /** Bytes taken from the budget; to be given back when the request ends. */
  readonly heldBytes: number;
  /** The content coding was undone, so its header must not go on. */
  readonly decoded: boolean;
}

/** Bounds of reading. */
export interface ReadLimits {
  /** Largest JSON body, in bytes, after decoding too. */
  readonly maxBytes: number;
  /** Bytes all requests in flight may hold together. */
  readonly budget: CaptureBudget;
}

const NOTHING: ReadBody = { bytes: new Uint8Array(0), rest: undefined, heldBytes: 0, decoded: false };

/** Whether the request announces a body (RFC 9112 §6.3). */
function announcesBody(exchange: Exchange): boolean {
  const length = headerValue(exchange.headers, "content-length");
  return (length !== undefined && length !== "0") || exchange.headers["transfer-encoding"] !== undefined;
}

/**
 * Reads a JSON body whole. Throws `GatewayError`: `request_too_large` past `maxBytes` (before reading where the
 * length says so), `overloaded` when the gateway holds too much already, and what `Exchange.body` throws.
 */
export async function readWhole(exchange: Exchange, limits: ReadLimits): Promise<ReadBody> {
  if (!announcesBody(exchange)) return NOTHING;
  const announced = Number(headerValue(exchange.headers, "content-length") ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const collector = new Collector(limits.budget);
  try {
    for await (const chunk of exchange.body()) {
      if (collector.sizeBytes + chunk.length > limits.maxBytes) throw tooLarge(limits.maxBytes);
      collector.add(chunk);
    }
    const coding = headerValue(exchange.headers, "content-encoding")?.trim().toLowerCase();
    if (coding === undefined || coding === "" || coding === "identity") {
      return { bytes: collector.join(), rest: undefined, heldBytes: collector.sizeBytes, decoded: false };
    }
    const bytes = await decodeBody(collector.join(), coding, limits.maxBytes);
    return { bytes, rest: undefined, heldBytes: collector.sizeBytes, decoded: true };
  } catch (error) {
    limits.budget.give(collector.sizeBytes);
    throw error;
  }
}

/** Reads the first {@link PREFIX_LIMIT_BYTES} of a body of any kind; the rest stays with the client until it is asked for. */
export async function readPrefix(exchange: Exchange, limits: ReadLimits): Promise<ReadBody> {
  if (!announcesBody(exchange)) return NOTHING;
  const collector = new Collector(limits.budget);
  const source = exchange.body()[Symbol.asyncIterator]();
  try {
    while (collector.sizeBytes < PREFIX_LIMIT_BYTES) {
      const next = await source.next();
      if (next.done === true) {
        return { bytes: collector.join(), rest: undefined, heldBytes: collector.sizeBytes, decoded: false };
      }
      collector.add(next.value);
    }
    const rest = { [Symbol.asyncIterator]: () => source };
    return { bytes: collector.join(), rest, heldBytes: collector.sizeBytes, decoded: false };
  } catch (error) {
    limits.budget.give(collector.sizeBytes);
    throw error;
  }
}

/** Chunks on their way to one piece, each taken from the budget. */
class Collector {
  readonly #budget: CaptureBudget;
  readonly #chunks: Uint8Array[] = [];
  sizeBytes = 0;

  constructor(budget: CaptureBudget) {
    this.#budget = budget;
  }

  add(chunk: Uint8Array): void {
    if (!this.#budget.take(chunk.length)) {
      throw new GatewayError("overloaded", "The gateway holds too many request bodies. Try again shortly.", {
        retryAfterMs: 1000,
      });
    }
    this.sizeBytes += chunk.length;
    this.#chunks.push(chunk);
  }

  join(): Uint8Array {
    const only = this.#chunks[0];
    if (only !== undefined && this.#chunks.length === 1) return only;
    const whole = new Uint8Array(this.sizeBytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
