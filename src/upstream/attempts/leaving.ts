/** Whether anybody still waits for a request's answer; its signal is made only for those who wait themselves, since it costs more than most requests' decisions. */
export class Leaving {
  #isLeft = false;
  #controller: AbortController | undefined;

  /** The client left, or the request's own deadline has passed. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Aborts when that happens. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isLeft) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Nobody waits any more; later calls change nothing. */
  leave(): void {
    this.#isLeft = true;
    this.#controller?.abort();
  }
}
