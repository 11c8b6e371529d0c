import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { HeaderFields, UpgradeExchange } from "../../../core/exchange.ts";
import type { Timer } from "../../../core/runtime.ts";
import type { ByteSocket } from "../../../core/sockets/byte_socket.ts";
import { StreamSocket } from "../../../core/sockets/stream_socket.ts";
import type { Deadlines } from "../connections/deadlines.ts";
import type { Target } from "../request_guard.ts";
import { answerHead } from "./answer_head.ts";

/** What a client sends before it was answered is read on up to this many bytes; it should send nothing (RFC 6455 §4.1). */
const MAX_EARLY_BYTES = 64 * 1024;

/** What all upgrades of one listener share. */
export interface UpgradeHost {
  readonly deadlines: Deadlines;
  /** How long a client may take for an answer that is no upgrade. */
  readonly writeStallMs: number;
}

/**
 * An {@link UpgradeExchange} over the socket that `node:http` hands over with a request to upgrade. The socket is
 * read on from the beginning, so that a client that leaves before its answer is noticed.
 */
export class NodeUpgrade implements UpgradeExchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderFields;
  readonly remoteAddress: string;
  readonly #host: UpgradeHost;
  readonly #stream: Duplex;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #headSent = false;
  #over = false;
  #gone = false;
  #closed = false;
  #left: (() => void)[] = [];
  #onClosed: (() => void) | undefined;
  #tail: Timer | undefined;

  /** `early`: bytes that came together with the request's head. */
  constructor(
    request: IncomingMessage,
    stream: Duplex,
    early: Uint8Array,
    asked: { readonly target: Target; readonly headers: HeaderFields; readonly host: UpgradeHost },
  ) {
    this.method = request.method ?? "";
    this.path = asked.target.path;
    this.query = asked.target.query;
    this.headers = asked.headers;
    this.remoteAddress = request.socket.remoteAddress ?? "";
    this.#host = asked.host;
    this.#stream = stream;
    stream.on("error", ignore).on("close", this.#close);
    if (early.length > 0) this.#hold(early);
    stream.on("end", this.#leave).on("data", this.#hold);
    // The connection may have died before it was handed over.
    if (stream.destroyed) this.#close();
  }

  get headSent(): boolean {
    return this.#headSent;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether {@link end}, {@link cut} or {@link accept} was called, or the client has left. */
  get finished(): boolean {
    return this.#over || this.#gone;
  }

  async *body(): AsyncGenerator<Uint8Array> {}

  head(status: number, headers: HeaderFields): void {
    if (this.finished || this.#headSent) return;
    this.#headSent = true;
    this.#stream.write(answerHead(status, { ...headers, connection: "close" }));
  }

  write(chunk: Uint8Array): boolean {
    return this.finished || this.#stream.write(chunk);
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.finished || !this.#stream.writableNeedDrain) return resolve();
      this.#stream.once("drain", resolve);
      this.onGone(resolve);
    });
  }

  end(chunk?: Uint8Array): void {
    if (this.finished) return;
    this.#over = true;
    this.#early = [];
    if (chunk !== undefined) this.#stream.write(chunk);
    // A client that does not take it would hold its connection for ever.
    this.#tail = this.#host.deadlines.after(this.#host.writeStallMs, () => this.#stream.destroy());
    this.#stream.end(() => this.#stream.destroy());
  }

  cut(): void {
    this.#over = true;
    this.#stream.destroy();
    this.#tellLeft();
  }

  abandon(): void {
    if (!this.finished) this.#tellLeft();
  }

  accept(headers: HeaderFields): ByteSocket {
    this.#headSent = true;
    this.#over = true;
    const stream = this.#stream;
    stream.off("data", this.#hold).off("end", this.#leave).pause();
    for (const chunk of this.#early.reverse()) stream.unshift(chunk);
    this.#early = [];
    this.#left = [];
    stream.write(answerHead(101, { ...headers, connection: "Upgrade", upgrade: "websocket" }));
    return new StreamSocket(stream);
  }

  onGone(left: () => void): void {
    if (this.#gone) left();
    else if (!this.#over) this.#left.push(left);
  }

  /** Calls `closed` once when the connection is over. */
  whenClosed(closed: () => void): void {
    if (this.#closed) closed();
    else this.#onClosed = closed;
  }

  readonly #hold = (chunk: Uint8Array): void => {
    if (this.#over) return;
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#stream.pause();
  };

  /** A client that half-closes before its answer has left, as in plain requests. */
  readonly #leave = (): void => {
    if (!this.#over) this.#stream.destroy();
  };

  readonly #close = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#tail?.cancel();
    if (!this.#over) this.#gone = true;
    this.#tellLeft();
    this.#onClosed?.();
  };

  #tellLeft(): void {
    for (const left of this.#left.splice(0)) left();
  }
}

function ignore(): void {}
