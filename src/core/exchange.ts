/**
 * One request and its answer as the gateway sees them, free of any server's own types. `server/listener/node_exchange.ts`
 * makes them from `node:http`; a test may make them from arrays.
 * @module
 */

import type { ByteSocket } from "./sockets/byte_socket.ts";

/** Header fields by lower-case name. Several fields of one name are an array, in order. */
export type HeaderFields = Record<string, string | string[] | undefined>;

/** One request and the only handle on its answer. */
export interface Exchange {
  /** Upper-case method. */
  readonly method: string;
  /** Raw path as sent, without the query: percent-encoding untouched; begins with `/`. */
  readonly path: string;
  /** Raw query without its `?`; empty when there is none. */
  readonly query: string;
  /** Request header fields. */
  readonly headers: HeaderFields;
  /** The peer's IP address as the socket says it, never as a header says it. */
  readonly remoteAddress: string;
  /**
   * The request body as it arrives; may be iterated once. Reading slowly slows the client. Throws
   * `GatewayError` `request_timeout` when the client stalls, and `client_gone` when it left midway.
   */
  body(): AsyncIterable<Uint8Array>;
  /** Whether {@link head} was called: from then on the status can no longer change. */
  readonly headSent: boolean;
  /** Sends status and header fields; once. */
  head(status: number, headers: HeaderFields): void;
  /** Sends body bytes at once (never held back to be joined with later ones). False: await {@link drained} before more. */
  write(chunk: Uint8Array): boolean;
  /** Resolves when the client has taken what was written, or has left. */
  drained(): Promise<void>;
  /** Ends the answer properly, after an optional last chunk. */
  end(chunk?: Uint8Array): void;
  /** Cuts the connection so that the client sees the answer was not finished. */
  cut(): void;
  /** Whoever works on the answer is told to stop, as when the client leaves; but it may still be answered. */
  abandon(): void;
  /** True once the client has left before {@link end}. */
  readonly gone: boolean;
  /** Calls `left` once if the client leaves, or is cut off by whoever may, before {@link end}; at once when it has left. */
  onGone(left: () => void): void;
}

/**
 * A request to go on as a WebSocket (RFC 6455 §4.1): answered as any other, or taken up. Its answers close the connection.
 */
export interface UpgradeExchange extends Exchange {
  /** Answers 101 with these fields beside `connection` and `upgrade`, and hands the connection over; in place of {@link head}, once. */
  accept(headers: HeaderFields): ByteSocket;
}

/** The first value of a header field, or undefined. */
export function headerValue(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
