import type { Exchange, HeaderFields } from "../../core/exchange.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { Capture } from "../../recording/capture.ts";

/** How the wait for an answer is made bearable to a streaming client. */
export interface HoldPolicy {
  /** From the request's start until the head goes out without content, in milliseconds. */
  readonly holdMs: number;
  /** Silence after which keep-alive bytes are sent, in milliseconds. */
  readonly keepAliveMs: number;
}

/** What a client's answer needs to know. */
export interface ClientAnswerOptions {
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  readonly capture: Capture;
  readonly hold: HoldPolicy;
  /** Monotonic time at which the request began. */
  readonly startedMs: number;
  /** Bytes that keep a waiting event stream alive; undefined: the client awaits no event stream. */
  readonly keepAlive: Uint8Array | undefined;
  /** The gateway's own fields, asked for once, when the head is sent. */
  readonly gatewayHeaders: () => HeaderFields;
}

/** Who feeds the answer: stopped while the client is slow, told when the client is lost. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
  /** The client left, or took nothing for {@link WRITE_STALL_MS} and was cut off. */
  clientLost(): void;
}

/** A client that takes nothing for this long is cut off, in milliseconds. */
export const WRITE_STALL_MS = 60_000;

/** Bytes are handed on in pieces of at most this size, so that a slow client shows progress. */
const PIECE_BYTES = 64 * 1024;

const EVENT_STREAM_HEAD: HeaderFields = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

/**
 * The client's side of one request, whatever the number of attempts: the head goes out once, bytes go out in
 * order and no faster than the client takes them, keep-alives only between events and only when it is silent.
 */
export class ClientAnswer {
  readonly #options: ClientAnswerOptions;
  readonly #exchange: Exchange;
  readonly #runtime: Runtime;
  #source: AnswerSource | undefined;
  #queue: Uint8Array[] = [];
  #blocked = false;
  #ending = false;
  #over = false;
  #lost = false;
  #cutShort = false;
  #betweenEvents = true;
  #lastWriteMs: number;
  #aliveTimer: Timer | undefined;
  #stallTimer: Timer | undefined;
  #status = 0;
  readonly #finished = Promise.withResolvers<void>();

  constructor(options: ClientAnswerOptions) {
    this.#options = options;
    this.#exchange = options.exchange;
    this.#runtime = options.runtime;
    this.#lastWriteMs = options.startedMs;
    const { holdMs } = options.hold;
    if (options.keepAlive !== undefined) {
      this.#armAlive(options.startedMs + holdMs - options.runtime.monotonic());
    }
    options.exchange.onGone(() => this.#lose());
  }

  /** The status that went out; 0 before that. */
  get status(): number {
    return this.#status;
  }

  /** Whether the client left or was cut off. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether the client was lost before it had taken all that was written. */
  get cutShort(): boolean {
    return this.#cutShort;
  }

  /** Resolves when the answer is over: its last byte was handed to the connection, or the client was lost. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Who feeds the answer from now on; undefined between attempts. */
  set source(source: AnswerSource | undefined) {
    this.#source = source;
    if (source === undefined) return;
    if (this.#lost) source.clientLost();
    else if (this.#blocked) source.pause();
  }

  /** Sends the head; nothing when keep-alives already made it go out. */
  head(status: number, headers: HeaderFields): void {
    if (this.#status !== 0 || this.#over) return;
    this.#status = status;
    if (this.#aliveTimer !== undefined) this.#armAlive(this.#options.hold.keepAliveMs);
    this.#exchange.head(status, { ...headers, ...this.#options.gatewayHeaders() });
  }

  /** Hands on bytes of the answer. `betweenEvents`: a keep-alive may follow them; false where they are no events. */
  write(chunk: Uint8Array, betweenEvents: boolean): void {
    if (this.#over) return;
    this.#options.capture.push(chunk);
    this.#betweenEvents = betweenEvents;
    this.#put(chunk);
  }

  /** The committed answer is no event stream: no keep-alive may go out any more. */
  stopKeepAlive(): void {
    this.#aliveTimer?.cancel();
    this.#aliveTimer = undefined;
  }

  /** Ends the answer properly, after optional bytes of the gateway's own (which are not captured). */
  end(own?: Uint8Array): void {
    if (this.#over || this.#ending) return;
    this.stopKeepAlive();
    if (own !== undefined) this.#put(own);
    this.#ending = true;
    this.#endWhenSent();
  }

  /** Cuts the connection so that the client sees that the answer is not whole. */
  cut(): void {
    if (this.#over) return;
    this.#close();
    this.#exchange.cut();
  }

  /** The answer is left to somebody else, who sends its head: everything of this one stops. */
  release(): void {
    this.#close();
  }

  #put(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      this.#queue.push(chunk.length <= PIECE_BYTES ? chunk : chunk.subarray(at, at + PIECE_BYTES));
    }
    this.#pump();
  }

  #pump(): void {
    while (!this.#blocked && !this.#over) {
      const piece = this.#queue.shift();
      if (piece === undefined) return this.#endWhenSent();
      this.#lastWriteMs = this.#runtime.monotonic();
      if (this.#exchange.write(piece)) continue;
      this.#block();
    }
  }

  #block(): void {
    this.#blocked = true;
    this.#source?.pause();
    this.#stallTimer = this.#runtime.after(WRITE_STALL_MS, () => {
      if (this.#over) return;
      this.#exchange.cut();
      this.#lose();
    });
    void this.#exchange.drained().then(() => {
      this.#stallTimer?.cancel();
      this.#blocked = false;
      if (this.#over) return;
      this.#pump();
      if (!this.#blocked && !this.#ending) this.#source?.resume();
    });
  }

  #endWhenSent(): void {
    if (!this.#ending || this.#blocked || this.#queue.length > 0) return;
    this.#close();
    this.#exchange.end();
  }

  #lose(): void {
    if (this.#over) return;
    this.#lost = true;
    this.#cutShort = this.#blocked || this.#queue.length > 0;
    const source = this.#source;
    this.#close();
    source?.clientLost();
  }

  #close(): void {
    this.#over = true;
    this.#queue = [];
    this.stopKeepAlive();
    this.#stallTimer?.cancel();
    this.#finished.resolve();
  }

  #armAlive(delayMs: number): void {
    this.#aliveTimer?.cancel();
    this.#aliveTimer = this.#runtime.after(Math.max(0, delayMs), () => this.#stayAlive());
  }

  /** The timer only looks: it was set before the last bytes went out, and sets itself anew for what is left. */
  #stayAlive(): void {
    const { keepAlive, hold, startedMs } = this.#options;
    if (this.#over || keepAlive === undefined) return;
    const nowMs = this.#runtime.monotonic();
    const dueMs = this.#status === 0 ? startedMs + hold.holdMs : this.#lastWriteMs + hold.keepAliveMs;
    if (nowMs < dueMs) return this.#armAlive(dueMs - nowMs);
    if (this.#betweenEvents && !this.#blocked) {
      this.head(200, EVENT_STREAM_HEAD);
      this.#put(keepAlive);
    }
    this.#armAlive(hold.keepAliveMs);
  }
}
