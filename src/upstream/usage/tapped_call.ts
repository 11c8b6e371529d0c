import type { HeaderFields } from "../../core/exchange.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { Call, CallHandler } from "../call.ts";
import type { CallFailure } from "../transport/call_failure.ts";
import { type TappedBytes, UsageTap } from "./usage_tap.ts";

/** How long an answer is read on whose client has left, so that the vendor's final count is seen. */
export interface DrainPolicy {
  /** At most so long, in milliseconds. */
  readonly maxTimeMs: number;
  /** At most so many tokens of output, worked out by the bytes; undefined: no bound but the time. */
  readonly maxTokens: number | undefined;
}

/** Bytes of an event stream that a token takes: OpenAI's chunks have 150 to 350 and mostly hold one. */
const STREAM_BYTES_PER_TOKEN = 250;

/**
 * Stands between an attempt and its call: tells the attempt everything, keeps the ends of the answer, and, where a
 * client has left and the pool asks for it, reads the answer on for a while after the attempt is over.
 */
export class TappedCall implements CallHandler, Call {
  readonly #runtime: Runtime;
  readonly #handler: CallHandler;
  readonly #drain: DrainPolicy | undefined;
  readonly #tap = new UsageTap();
  readonly #done = Promise.withResolvers<void>();
  #call: Call | undefined;
  #timer: Timer | undefined;
  #sent = false;
  #status = 0;
  #ended = false;
  #isDone = false;
  #abandoned = false;
  #drainedBytes = 0;

  constructor(handler: CallHandler, runtime: Runtime, drain: DrainPolicy | undefined) {
    this.#handler = handler;
    this.#runtime = runtime;
    this.#drain = drain;
  }

  /** Gives it the call whose handler it is; the call to be used in its place. */
  over(call: Call): Call {
    this.#call = call;
    return this;
  }

  /** The upstream may have seen the request. */
  get wasSent(): boolean {
    return this.#sent;
  }

  /** Status of the answer; 0 without one. */
  get status(): number {
    return this.#status;
  }

  /** The answer's bytes came to their end in good order. */
  get wasEnded(): boolean {
    return this.#ended;
  }

  /** What of the answer is kept. */
  get kept(): TappedBytes {
    return this.#tap.kept();
  }

  /** Nothing more of the answer will come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Resolves when nothing more of the answer will come. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** The attempt came to `outcome`: lets go of the call, or reads on. */
  settle(outcome: Outcome): void {
    if (this.#isDone) return;
    const answers = this.#status >= 200 && this.#status <= 299;
    const { reason } = outcome;
    if (this.#drain === undefined || reason !== "client_gone" || !answers || this.#ended) {
      return this.#finish();
    }
    this.#timer = this.#runtime.after(this.#drain.maxTimeMs, () => this.#finish());
    this.#call?.resume();
  }

  sent(): void {
    this.#sent = true;
    if (!this.#abandoned) this.#handler.sent();
  }

  head(status: number, headers: HeaderFields): void {
    this.#status = status;
    if (!this.#abandoned) this.#handler.head(status, headers);
  }

  data(chunk: Uint8Array): void {
    // Of a refusal nothing is counted.
    if (this.#status < 300) this.#tap.push(chunk);
    if (!this.#abandoned) return this.#handler.data(chunk);
    this.#drainedBytes += chunk.length;
    const { maxTokens = Infinity } = this.#drain ?? {};
    if (this.#drainedBytes > maxTokens * STREAM_BYTES_PER_TOKEN) this.#finish();
  }

  end(): void {
    this.#ended = true;
    if (this.#abandoned) this.#finish();
    else this.#handler.end();
  }

  failed(failure: CallFailure): void {
    if (this.#abandoned) this.#finish();
    else this.#handler.failed(failure);
  }

  pause(): void {
    this.#call?.pause();
  }

  resume(): void {
    this.#call?.resume();
  }

  abort(): void {
    this.#abandoned = true;
    // Whether it is read on is known when the attempt is settled, in the same turn.
    if (this.#drain === undefined) this.#call?.abort();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#timer?.cancel();
    this.#call?.abort();
    this.#done.resolve();
  }
}
