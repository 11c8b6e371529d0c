import type { Exchange, HeaderFields } from "../../../src/core/exchange.ts";
import { REQUEST_FIELD, type SimulatedRequest } from "../vendors/simulated_request.ts";

/** What a client saw of its answer. */
export interface ClientView {
  readonly status: number;
  readonly headers: HeaderFields;
  /** The last bytes that came. */
  readonly lastChunk: Uint8Array | undefined;
  /** The answer was ended, not cut off. */
  readonly ended: boolean;
  /** Monotonic milliseconds when it was over. */
  readonly endMs: number;
}

/** A client with all the patience of the world, that takes everything at once. */
export class SimulatedExchange implements Exchange {
  readonly method = "POST";
  readonly path = "/v1/chat/completions";
  readonly query = "";
  readonly headers: HeaderFields;
  readonly remoteAddress: string;
  readonly gone = false;
  readonly #body: Uint8Array;
  readonly #leavers: (() => void)[] = [];
  #status = 0;
  #headers: HeaderFields = {};
  #lastChunk: Uint8Array | undefined;
  #ended = false;
  #cut = false;

  constructor(request: SimulatedRequest, tenantKey: string) {
    this.#body = request.body;
    this.remoteAddress = request.clientAddress ?? "192.0.2.1";
    this.headers = {
      "content-type": "application/json",
      "content-length": String(request.body.length),
      authorization: `Bearer ${tenantKey}`,
      [REQUEST_FIELD]: String(request.id),
    };
  }

  /** Whether any of the answer's body has reached the client. */
  get hasBytes(): boolean {
    return this.#lastChunk !== undefined;
  }

  /** What it saw, at its end. */
  view(endMs: number): ClientView {
    return {
      endMs,
      status: this.#status,
      headers: this.#headers,
      lastChunk: this.#lastChunk,
      ended: this.#ended && !this.#cut,
    };
  }

  async *body(): AsyncGenerator<Uint8Array> {
    yield this.#body;
  }

  get headSent(): boolean {
    return this.#status !== 0;
  }

  head(status: number, headers: HeaderFields): void {
    if (this.#status !== 0) throw new Error("the head was sent twice");
    this.#status = status;
    this.#headers = headers;
  }

  write(chunk: Uint8Array): boolean {
    this.#lastChunk = chunk;
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(chunk?: Uint8Array): void {
    if (chunk !== undefined) this.#lastChunk = chunk;
    this.#ended = true;
  }

  cut(): void {
    this.#cut = true;
    for (const left of this.#leavers.splice(0)) left();
  }

  abandon(): void {
    for (const left of this.#leavers.splice(0)) left();
  }

  onGone(left: () => void): void {
    this.#leavers.push(left);
  }
}
