import type { IncomingMessage, ServerResponse } from "node:http";
import process from "node:process";

import type { Exchange, HeaderFields } from "../../core/exchange.ts";
import type { Timer } from "../../core/runtime.ts";
import type { IdleConnections } from "./connections/idle_connections.ts";
import { chunkOf, LAST_CHUNK, lastChunksOf } from "./body_chunks.ts";
import { type BodyWait, requestBody } from "./request_body.ts";
import type { Target } from "./request_guard.ts";

/** What all exchanges of one listener share. */
export interface ExchangeHost extends BodyWait {
  /** How long a client may take none of what was written before it counts as gone. */
  readonly writeStallMs: number;
  /** How long the rest of a body is read and thrown away after the answer, so that closing does not destroy the answer on its way. */
  readonly lingerMs: number;
  /** True while shutting down: every answer then asks the client to close its connection. */
  draining: boolean;
  readonly idle: IdleConnections;
}

/** What HTTP/1.1 can carry as a field value (RFC 9110 §5.5), as one character a byte. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** Slowest reader that is still served, in bytes a millisecond: 32 KB/s, a poor mobile line. */
const MIN_BYTES_TAKEN_PER_MS = 32;

/** `node:http` reports a write to a dead connection as an event too; the close that comes with it is what we act on. */
const ignore = (): void => {};

/**
 * An {@link Exchange} over `node:http`. A client counts as gone as soon as it closes or half-closes: no client
 * of an LLM API half-closes and goes on listening, and waiting for a reset would pay for answers that nobody reads.
 */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderFields;
  /** Asks for `connection: close`; settable until {@link head}. */
  closesConnection = false;
  readonly #host: ExchangeHost;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #extra: HeaderFields | undefined;
  #over = false;
  #abandoned = false;
  #gone = false;
  #closed = false;
  #wrote = false;
  /** We write the marks of HTTP's chunks ourselves. */
  #isChunked = false;
  #left: (() => void)[] | undefined;
  #onClosed: (() => void) | undefined;
  #tail: Timer | undefined;

  /** `extra` are fields that every answer carries, whoever writes its head. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    headers: HeaderFields,
    host: ExchangeHost,
    extra?: HeaderFields,
  ) {
    this.method = request.method ?? "";
    this.path = target.path;
    this.query = target.query;
    this.headers = headers;
    this.#host = host;
    this.#request = request;
    this.#response = response;
    this.#extra = extra;
    const close = () => this.#close();
    response.on("close", close).on("error", ignore);
    // A pipelined request waits without a socket and its `close` never comes when the connection dies meanwhile.
    if (response.socket === null) request.socket.once("close", close);
  }

  get remoteAddress(): string {
    return this.#request.socket.remoteAddress ?? "";
  }

  get headSent(): boolean {
    return this.#response.headersSent;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Whether {@link end} or {@link cut} was called, or the client has left. */
  get finished(): boolean {
    return this.#over || this.#gone;
  }

  body(): AsyncIterable<Uint8Array> {
    const { headers } = this;
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) {
      return noBody();
    }
    // Said only now, so that a client that asked first is not told to send what would be refused anyway.
    if (headers["expect"] !== undefined && !this.headSent) this.#response.writeContinue();
    return requestBody(this.#request, this.#host, {
      isLeft: () => this.#abandoned,
      onLeft: (left) => this.onGone(left),
    });
  }

  /** See {@link Exchange.head}. A field whose value HTTP cannot carry is left out: an answer must not fail by an ornament. */
  head(status: number, headers: HeaderFields): void {
    if (this.finished) return;
    const fields: string[] = [];
    addFields(fields, headers, status === 204);
    if (this.#extra !== undefined) addFields(fields, this.#extra, false);
    if (this.#mustClose()) fields.push("connection", "close");
    else if (this.#response.shouldKeepAlive) fields.push("keep-alive", this.#host.idle.hint);
    this.#response.writeHead(status, fields);
    // The platform would write the marks in pieces of their own, four writes for each chunk in place of one.
    this.#isChunked = this.#response.chunkedEncoding;
    this.#response.chunkedEncoding = false;
    // Sent with the first bytes when they follow at once, alone when they do not.
    process.nextTick(flushHead, this);
  }

  write(chunk: Uint8Array): boolean {
    if (this.finished) return true;
    if (chunk.length === 0) return !this.#response.writableNeedDrain;
    this.#wrote = true;
    return this.#response.write(this.#isChunked ? chunkOf(chunk) : chunk);
  }

  drained(): Promise<void> {
    const response = this.#response;
    if (this.finished || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        stall.cancel();
        response.off("drain", done).off("close", done);
        resolve();
      };
      const stall = this.#destroyAfter(this.#takingMs());
      response.on("drain", done).on("close", done);
    });
  }

  end(chunk?: Uint8Array): void {
    if (this.finished) return;
    this.#over = true;
    this.#wrote = true;
    if (this.#isChunked) this.#response.end(chunk === undefined ? LAST_CHUNK : lastChunksOf(chunk));
    else if (chunk === undefined) this.#response.end();
    else this.#response.end(chunk);
    this.#watchTail();
  }

  /**
   * See {@link Exchange.cut}. What was written goes out first. A body that only the end of the connection ends
   * (HTTP/1.0) needs a reset, because a plain close would be its proper end.
   */
  cut(): void {
    if (this.finished) return;
    this.#over = true;
    const { socket } = this.#request;
    if (!this.headSent) socket.destroy();
    else if (this.#request.httpVersion === "1.0") socket.resetAndDestroy();
    else socket.destroySoon();
    this.#tellLeft();
    this.#watchTail();
  }

  abandon(): void {
    if (this.finished) return;
    this.#abandoned = true;
    this.#tellLeft();
  }

  onGone(left: () => void): void {
    if (this.#gone) left();
    else if (!this.#over) (this.#left ??= []).push(left);
  }

  /** Calls `closed` once when nothing of the answer is left to send, or nobody to send it to. */
  whenClosed(closed: () => void): void {
    if (this.#closed) closed();
    else this.#onClosed = closed;
  }

  /** Sends the head if no byte has carried it along; for {@link flushHead} alone. */
  flushHead(): void {
    if (!this.#wrote && !this.finished) this.#response.flushHeaders();
  }

  /** A body that was announced and not asked for may or may not come: the connection cannot be read on. */
  #mustClose(): boolean {
    return this.closesConnection || this.#host.draining ||
      (this.headers["expect"] !== undefined && !this.#request.complete);
  }

  /** A client that never reads the last bytes would hold its connection for ever: nothing else watches after the end. */
  #watchTail(): void {
    if (this.#closed || this.#request.socket.destroyed) return;
    this.#tail = this.#destroyAfter(this.#takingMs());
  }

  /** How long the client may take for what is written and not yet sent, in milliseconds. */
  #takingMs(): number {
    return this.#host.writeStallMs + this.#response.writableLength / MIN_BYTES_TAKEN_PER_MS;
  }

  #destroyAfter(delayMs: number): Timer {
    return this.#host.deadlines.after(delayMs, () => this.#request.socket.destroy());
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tail?.cancel();
    this.#host.idle.answered(this.#request.socket, this.#response);
    if (!this.#over) {
      this.#gone = true;
      this.#tellLeft();
    } else if (!this.#request.complete) this.#discardBody();
    this.#left = undefined;
    this.#onClosed?.();
  }

  #tellLeft(): void {
    const listeners = this.#left ?? [];
    this.#left = undefined;
    for (const left of listeners) left();
  }

  /** Reads on for a while: closing with unread bytes would reset the connection and may destroy the answer on its way. */
  #discardBody(): void {
    const request = this.#request;
    if (request.destroyed) return;
    const { socket } = request;
    const linger = this.#destroyAfter(this.#host.lingerMs);
    const done = () => {
      linger.cancel();
      request.off("close", done);
      socket.off("close", done);
    };
    // The request's own `close` does not come when the connection dies after the answer.
    request.on("close", done);
    socket.on("close", done);
    request.resume();
  }
}

function flushHead(exchange: NodeExchange): void {
  exchange.flushHead();
}

function addFields(fields: string[], headers: HeaderFields, isWithoutLength: boolean): void {
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || (isWithoutLength && name === "content-length")) continue;
    if (typeof value === "string") addField(fields, name, value);
    else for (const one of value) addField(fields, name, one);
  }
}

function addField(fields: string[], name: string, value: string): void {
  if (!UNSENDABLE.test(value)) fields.push(name, value);
}

async function* noBody(): AsyncGenerator<Uint8Array> {}
