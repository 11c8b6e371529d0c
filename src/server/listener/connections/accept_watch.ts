import { connect } from "node:net";

import type { Log } from "../../../core/log.ts";
import type { Observer } from "../../../core/observe.ts";
import type { Runtime, Timer } from "../../../core/runtime.ts";

/** What {@link AcceptWatch} needs. */
export interface AcceptWatchContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly observer: Observer;
  /** How often it looks while it is awake. */
  readonly everyMs: number;
  /** How long a connection to ourselves may wait to be taken. */
  readonly probeMs: number;
  /** Where the server listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Connections that are open now. */
  readonly openConnections: () => number;
  /** Whether the server listens at all. */
  readonly isListening: () => boolean;
  /** Stops listening and listens anew at the same place; open connections stay. */
  readonly reopen: () => Promise<void>;
}

/** Open connections from which on the watch is awake; with fewer, descriptors do not run out, and an idle process may sleep. */
const AWAKE_FROM_CONNECTIONS = 64;

/**
 * Finds out when the platform has stopped taking new connections, and opens the listener anew. Deno 2.9.6 gives
 * up accepting for ever, without an event, once the process has had no file descriptor left for a moment.
 */
export class AcceptWatch {
  readonly #context: AcceptWatchContext;
  #accepted = 0;
  #acceptedBefore = 0;
  #timer: Timer | undefined;
  #isStopped = false;
  #endProbe: ((isAlive: boolean | undefined) => void) | undefined;

  constructor(context: AcceptWatchContext) {
    this.#context = context;
  }

  /** A connection was taken. */
  opened(): void {
    this.#accepted++;
    this.#endProbe?.(true);
    if (this.#timer === undefined && this.#isCrowded()) this.#sleep();
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#endProbe?.(undefined);
  }

  #isCrowded(): boolean {
    return this.#context.openConnections() >= AWAKE_FROM_CONNECTIONS;
  }

  #sleep(): void {
    if (this.#isStopped) return;
    this.#timer = this.#context.runtime.after(this.#context.everyMs, () => {
      // A look never throws: probing and opening tell their failures.
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const isBusy = this.#accepted > this.#acceptedBefore;
    this.#acceptedBefore = this.#accepted;
    const isAlive = isBusy || await this.#isAlive();
    // Asleep again only after a probe: what was busy may have died just now.
    if (!isBusy && isAlive && !this.#isCrowded()) this.#timer = undefined;
    else this.#sleep();
  }

  async #isAlive(): Promise<boolean> {
    const { isListening, reopen, log, observer } = this.#context;
    const isAlive = isListening() ? await this.#probe() : false;
    if (isAlive !== false || this.#isStopped) return isAlive === true;
    observer.count("listener_reopened");
    log.error(
      "The listener took no new connections any more and is opened anew; file descriptors had probably run out",
      {
        openConnections: this.#context.openConnections(),
      },
    );
    await reopen().catch((fault: Error) =>
      log.error("The listener could not be opened anew; trying again", { fault })
    );
    return false;
  }

  /** Connects to ourselves: true when that is taken or closed, false when nobody cares, undefined when it cannot be made. */
  #probe(): Promise<boolean | undefined> {
    const { address, runtime, probeMs } = this.#context;
    // The addresses for "all of this machine" cannot be connected to everywhere.
    const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
    return new Promise((resolve) => {
      let isConnected = false;
      const socket = connect({ host, port: address.port });
      const finish = (isAlive: boolean | undefined) => {
        timer.cancel();
        this.#endProbe = undefined;
        socket.destroy();
        resolve(isAlive);
      };
      const timer = runtime.after(probeMs, () => finish(isConnected ? false : undefined));
      this.#endProbe = finish;
      socket.on("connect", () => isConnected = true);
      // Over the cap of connections one is closed without being counted: alive all the same.
      socket.once("error", () => finish(isConnected || undefined));
      socket.once("end", () => finish(true));
    });
  }
}
