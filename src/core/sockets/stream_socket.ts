import type { Duplex } from "node:stream";
import type { ByteSocket, SocketTaker } from "./byte_socket.ts";

/** A {@link ByteSocket} over a platform's stream, which must not flow yet. Its errors are told as its end. */
export class StreamSocket implements ByteSocket {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    // The close that follows says it; without a listener the error would end the process.
    stream.on("error", ignore);
  }

  take(taker: SocketTaker): void {
    const stream = this.#stream;
    if (stream.destroyed) return queueMicrotask(() => taker.closed());
    stream.on("drain", () => taker.drained());
    stream.on("end", () => taker.ended());
    stream.on("close", () => taker.closed());
    stream.on("data", (chunk: Uint8Array) => taker.data(chunk));
    // One that was stopped on purpose does not begin to flow by being listened to.
    stream.resume();
  }

  write(chunk: Uint8Array): boolean {
    return !this.#stream.writable || this.#stream.write(chunk);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  end(): void {
    if (this.#stream.writable) this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

function ignore(): void {}
