import type { Exchange, HeaderFields } from "../../../src/core/exchange.ts";
import { REQUEST_FIELD } from "../vendors/simulated_request.ts";

/** A request by path and body, whose client may leave at any time. */
export class LeavingExchange implements Exchange {
  readonly method = "POST";
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderFields;
  readonly remoteAddress = "192.0.2.1";
  readonly #body: Uint8Array;
  readonly #leavers: (() => void)[] = [];
  #headSent = false;
  #over = false;
  #gone = false;

  constructor({ id, path, query, body }: {
    readonly id: number;
    readonly path: string;
    readonly query: string;
    readonly body: string;
  }) {
    this.path = path;
    this.query = query;
    this.#body = new TextEncoder().encode(body);
    this.headers = {
      "content-type": "application/json",
      "content-length": String(this.#body.length),
      authorization: "Bearer sk-tg-simulated",
      [REQUEST_FIELD]: String(id),
    };
  }

  /** The client leaves; nothing where its answer is over. */
  leave(): void {
    if (this.#over) return;
    this.#over = this.#gone = true;
    for (const left of this.#leavers.splice(0)) left();
  }

  get gone(): boolean {
    return this.#gone;
  }

  async *body(): AsyncGenerator<Uint8Array> {
    yield this.#body;
  }

  get headSent(): boolean {
    return this.#headSent;
  }

  head(): void {
    this.#headSent = true;
  }

  write(): boolean {
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {
    this.#over = true;
  }

  abandon(): void {}

  cut(): void {
    this.leave();
  }

  onGone(left: () => void): void {
    if (this.#gone) left();
    else this.#leavers.push(left);
  }
}
