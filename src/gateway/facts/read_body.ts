import { type Exchange, headerValue } from "../../core/exchange.ts";
import { BodyCollector, type ReadLimits } from "./body_collector.ts";
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

const NOTHING: ReadBody = { bytes: new Uint8Array(0), rest: undefined, heldBytes: 0, decoded: false };

/** Whether the request announces a body (RFC 9112 §6.3). */
function announcesBody(exchange: Exchange): boolean {
  const length = headerValue(exchange.headers, "content-length");
  return (length !== undefined && length !== "0") || exchange.headers["transfer-encoding"] !== undefined;
}

/** The body's length as it was announced, in bytes; 0: it was not. */
function announcedBytes(exchange: Exchange): number {
  const length = Number(headerValue(exchange.headers, "content-length") ?? 0);
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}

/**
 * Reads a JSON body whole. Throws `GatewayError`: `request_too_large` past `maxBytes` and `overloaded` when the
 * gateway holds too much already (both before a byte is read where the length is announced), and what
 * `Exchange.body` throws.
 */
export async function readWhole(exchange: Exchange, limits: ReadLimits): Promise<ReadBody> {
  if (!announcesBody(exchange)) return NOTHING;
  const announced = announcedBytes(exchange);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const collector = new BodyCollector(limits.budget, announced);
  try {
    for await (const chunk of exchange.body()) {
      if (collector.sizeBytes + chunk.length > limits.maxBytes) throw tooLarge(limits.maxBytes);
      collector.add(chunk);
    }
    const coding = headerValue(exchange.headers, "content-encoding")?.trim().toLowerCase();
    if (coding === undefined || coding === "" || coding === "identity") {
      return { bytes: collector.take(), rest: undefined, heldBytes: collector.heldBytes, decoded: false };
    }
    const { heldBytes } = collector;
    const bytes = await decodeBody(collector.take(), coding, limits);
    // What came is not needed any more; what it stands for took its own room.
    limits.budget.give(heldBytes);
    return { bytes, rest: undefined, heldBytes: bytes.length, decoded: true };
  } catch (error) {
    limits.budget.give(collector.heldBytes);
    throw error;
  }
}

/** Reads the first {@link PREFIX_LIMIT_BYTES} of a body of any kind; the rest stays with the client until it is asked for. */
export async function readPrefix(exchange: Exchange, limits: ReadLimits): Promise<ReadBody> {
  if (!announcesBody(exchange)) return NOTHING;
  const collector = new BodyCollector(
    limits.budget,
    Math.min(announcedBytes(exchange), PREFIX_LIMIT_BYTES),
  );
  const source = exchange.body()[Symbol.asyncIterator]();
  try {
    let rest: AsyncIterable<Uint8Array> | undefined;
    for (;;) {
      const next = await source.next();
      if (next.done === true) break;
      collector.add(next.value);
      if (collector.sizeBytes < PREFIX_LIMIT_BYTES) continue;
      rest = { [Symbol.asyncIterator]: () => source };
      break;
    }
    return { bytes: collector.take(), rest, heldBytes: collector.heldBytes, decoded: false };
  } catch (error) {
    limits.budget.give(collector.heldBytes);
    throw error;
  }
}
