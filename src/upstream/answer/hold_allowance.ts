import type { CaptureBudget } from "../../recording/capture.ts";

/** Most bytes of one answer that are held until it is whole; past it the answer goes out as it comes. */
export const MAX_COMPLETE_BYTES = 32 * 1024 * 1024;

/** What one request may hold of answers that go out only when they are whole: its own limit, and a share of everybody's. */
export class HoldAllowance {
  readonly #budget: CaptureBudget;
  #heldBytes = 0;

  constructor(budget: CaptureBudget) {
    this.#budget = budget;
  }

  /** Takes `sizeBytes`; false, taking nothing, when they are not there. */
  take(sizeBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > MAX_COMPLETE_BYTES || !this.#budget.take(sizeBytes)) return false;
    this.#heldBytes += sizeBytes;
    return true;
  }

  /** Gives everything back. */
  release(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
