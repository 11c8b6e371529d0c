/** What a {@link ByteSocket} tells; none of it may throw. */
export interface SocketTaker {
  /** Bytes as they came; the memory is the receiver's to keep. */
  data(chunk: Uint8Array): void;
  /** What was written has left: more may be written. */
  drained(): void;
  /** The peer sends no more; what it was sent may still be on its way. */
  ended(): void;
  /** The connection is over both ways; the last call. */
  closed(): void;
}

/** A connection as bytes both ways, free of any platform's own types, with back-pressure in either direction. */
export interface ByteSocket {
  /** Begins to hand over what arrives; once. Before it only a bounded amount is read. */
  take(taker: SocketTaker): void;
  /** Sends bytes. False: await {@link SocketTaker.drained} before more. Bytes for a dead connection are dropped. */
  write(chunk: Uint8Array): boolean;
  /** Stops reading, so that the peer is slowed; bytes already read may still come. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Sends what was written and then no more; the other direction stays open. */
  end(): void;
  /** Closes at once, whatever was not sent. */
  destroy(): void;
}
