import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import type { Timer } from "../../../core/runtime.ts";
import type { Deadlines } from "./deadlines.ts";

/** What is known of an open connection. */
interface Connection {
  /** Its newest answer. */
  newest: ServerResponse;
  /** Pending while it idles. */
  idle: Timer | undefined;
}

/**
 * Knows what is under way on each connection, and closes those that idle between two requests. Deno's own way takes a
 * timer of the platform for each answer, which doubles what a small answer costs: nearly all of it garbage collection,
 * since its timers keep the requests around them in memory until the whole heap is gone through.
 */
export class IdleConnections {
  /** What answers tell of it, so that clients do not send into a connection that is about to close (RFC 2068 §19.7.1.1). */
  readonly hint: string;
  readonly #deadlines: Deadlines;
  readonly #keepAliveMs: number;
  readonly #known = new WeakMap<Duplex, Connection>();

  constructor(deadlines: Deadlines, keepAliveMs: number) {
    this.#deadlines = deadlines;
    this.#keepAliveMs = keepAliveMs;
    this.hint = `timeout=${Math.floor(keepAliveMs / 1000)}`;
  }

  /** The newest answer of the connection; undefined before the first. */
  newest(socket: Duplex): ServerResponse | undefined {
    return this.#known.get(socket)?.newest;
  }

  /** A request came, to be answered by `response`. */
  asked(socket: Duplex, response: ServerResponse): void {
    const known = this.#known.get(socket);
    if (known === undefined) return void this.#known.set(socket, { newest: response, idle: undefined });
    this.busy(socket);
    known.newest = response;
  }

  /** The answer is over: unless a further request came meanwhile, the connection idles. */
  answered(socket: Duplex, response: ServerResponse): void {
    const known = this.#known.get(socket);
    if (known === undefined || known.newest !== response || socket.destroyed) return;
    known.idle?.cancel();
    known.idle = this.#deadlines.after(this.#keepAliveMs, () => void socket.destroy());
  }

  /** The connection does not idle any more, or is closed. */
  busy(socket: Duplex): void {
    const known = this.#known.get(socket);
    known?.idle?.cancel();
    if (known !== undefined) known.idle = undefined;
  }
}
