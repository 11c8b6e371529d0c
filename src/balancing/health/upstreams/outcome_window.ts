/** Parts that a span is counted in; the oldest is dropped whole, so a count covers between 9 and 10 of them. */
export const WINDOW_PARTS = 10;

/**
 * How many answers of the last span were failures: exact counts, because an average that decays lets a quick burst
 * of failures hide (linkerd's reason for the same). Ten parts, O(1) in the number of answers.
 */
export class OutcomeWindow {
  readonly spanMs: number;
  readonly #partMs: number;
  readonly #failures = new Uint32Array(WINDOW_PARTS);
  readonly #answers = new Uint32Array(WINDOW_PARTS);
  /** Number of the part that is being filled, counted from monotonic time 0. */
  #part = -1;

  /** `spanMs`: at least {@link WINDOW_PARTS}. */
  constructor(spanMs: number) {
    this.spanMs = spanMs;
    this.#partMs = spanMs / WINDOW_PARTS;
  }

  /** One answer more; `nowMs` is monotonic and never before an earlier one. */
  add(failed: boolean, nowMs: number): void {
    const at = this.#turn(nowMs) % WINDOW_PARTS;
    this.#answers[at] = (this.#answers[at] ?? 0) + 1;
    if (failed) this.#failures[at] = (this.#failures[at] ?? 0) + 1;
  }

  /** Failures and all answers within the span that ends now. */
  read(nowMs: number): { readonly failures: number; readonly answers: number } {
    this.#turn(nowMs);
    return { failures: sum(this.#failures), answers: sum(this.#answers) };
  }

  /** Begins anew with nothing. */
  clear(): void {
    this.#failures.fill(0);
    this.#answers.fill(0);
  }

  /** Goes on to the part of `nowMs` and empties those that were passed over. */
  #turn(nowMs: number): number {
    const part = Math.floor(nowMs / this.#partMs);
    const passed = Math.min(WINDOW_PARTS, part - this.#part);
    for (let step = 1; step <= passed; step++) {
      const at = (this.#part + step) % WINDOW_PARTS;
      this.#failures[at] = 0;
      this.#answers[at] = 0;
    }
    // A part is never left again for an earlier one, so a clock that stood still cannot bring back what was dropped.
    this.#part = Math.max(this.#part, part);
    return this.#part;
  }
}

function sum(counts: Uint32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
