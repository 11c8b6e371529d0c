import type { Runtime, Timer } from "../../core/runtime.ts";
import type { ByteSocket } from "../../core/sockets/byte_socket.ts";
import { CLOSE_CODES, closeFrame } from "./close_frame.ts";
import { FrameWatch } from "./frame_watch.ts";

/** How long a side may take to close after the other has, or after it was told to, in milliseconds. */
const CLOSING_MS = 10_000;

/**
 * How a session ended: `closed` by a close frame of either side, `client_left` and `upstream_dropped` without one,
 * `idle` when nothing moved for too long, `cut` by the gateway.
 */
export type SessionEnd = "closed" | "client_left" | "upstream_dropped" | "idle" | "cut";

/** A session and what it moved. */
export interface SocketSession {
  readonly end: SessionEnd;
  readonly fromClientBytes: number;
  readonly fromUpstreamBytes: number;
}

/** What {@link SocketRelay} works with. */
export interface SocketRelayParts {
  readonly runtime: Runtime;
  readonly client: ByteSocket;
  readonly upstream: ByteSocket;
  /** Time without a byte either way after which the session is ended, in milliseconds. */
  readonly idleMs: number;
  readonly over: (session: SocketSession) => void;
}

/** One side of a session. */
interface Side {
  readonly name: "client" | "upstream";
  readonly socket: ByteSocket;
  /** What came from it. */
  readonly frames: FrameWatch;
  receivedBytes: number;
  ended: boolean;
  closed: boolean;
}

/**
 * Carries the bytes of one WebSocket both ways, untouched: fragments, pings, extensions and close codes are the peers'
 * own. A side that does not read stops the other. Only to end a session by itself does it put in a close frame,
 * and only where the bytes so far end between two frames.
 */
export class SocketRelay {
  readonly #parts: SocketRelayParts;
  readonly #client: Side;
  readonly #upstream: Side;
  #end: SessionEnd | undefined;
  #silenced = false;
  #movedMs: number;
  #idle: Timer | undefined;
  #closing: Timer | undefined;

  /** Starts at once. */
  constructor(parts: SocketRelayParts) {
    this.#parts = parts;
    this.#movedMs = parts.runtime.monotonic();
    this.#client = sideOf("client", parts.client);
    this.#upstream = sideOf("upstream", parts.upstream);
    this.#watchIdle(parts.idleMs);
    this.#carry(this.#client, this.#upstream);
    this.#carry(this.#upstream, this.#client);
  }

  /** Ends the session from here: tells both sides code and reason, and closes them. */
  close(code: number, reason: string): void {
    this.#finish("cut", code, reason);
  }

  #carry(from: Side, to: Side): void {
    from.socket.take({
      data: (chunk) => {
        this.#movedMs = this.#parts.runtime.monotonic();
        if (this.#silenced) return;
        from.receivedBytes += chunk.length;
        from.frames.push(chunk);
        if (!to.socket.write(chunk)) from.socket.pause();
      },
      drained: () => to.socket.resume(),
      ended: () => this.#ended(from, to),
      closed: () => {
        from.closed = true;
        this.#ended(from, to);
        if (to.closed) this.#over();
        // Nobody is left to read what it still sends.
        else to.socket.resume();
      },
    });
  }

  #ended(from: Side, to: Side): void {
    if (from.ended) return;
    from.ended = true;
    this.#end ??= this.#client.frames.closeSeen || this.#upstream.frames.closeSeen
      ? "closed"
      : from.name === "client"
      ? "client_left"
      : "upstream_dropped";
    to.socket.end();
    this.#closeSoon();
  }

  #finish(end: "idle" | "cut", code: number, reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#silenced = true;
    const { client, upstream, runtime } = this.#parts;
    if (this.#upstream.frames.betweenFrames) client.write(closeFrame(code, reason));
    if (this.#client.frames.betweenFrames) {
      upstream.write(closeFrame(code, reason, runtime.randomBytes(4)));
    }
    for (const socket of [client, upstream]) {
      socket.end();
      // What still comes is thrown away, so that the peer's own end is seen.
      socket.resume();
    }
    this.#closeSoon();
  }

  #closeSoon(): void {
    const { runtime, client, upstream } = this.#parts;
    this.#closing ??= runtime.after(CLOSING_MS, () => {
      client.destroy();
      upstream.destroy();
    });
  }

  #watchIdle(delayMs: number): void {
    const { runtime, idleMs } = this.#parts;
    this.#idle = runtime.after(delayMs, () => {
      const leftMs = this.#movedMs + idleMs - runtime.monotonic();
      if (leftMs > 0) this.#watchIdle(leftMs);
      else this.#finish("idle", CLOSE_CODES.goingAway, "Nothing was sent for too long");
    });
  }

  #over(): void {
    this.#idle?.cancel();
    this.#closing?.cancel();
    this.#parts.over({
      end: this.#end ?? "closed",
      fromClientBytes: this.#client.receivedBytes,
      fromUpstreamBytes: this.#upstream.receivedBytes,
    });
  }
}

function sideOf(name: Side["name"], socket: ByteSocket): Side {
  return { name, socket, frames: new FrameWatch(), receivedBytes: 0, ended: false, closed: false };
}
