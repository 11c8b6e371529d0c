import type { CaptureBudget } from "../../recording/capture.ts";

/** Most bytes of one answer that are held where the config asks for whole ones; past it the answer goes out as it comes. */
export const MAX_COMPLETE_BYTES = 32 * 1024 * 1024;

/** The reason told of an attempt whose answer must be held and found no room: the gateway's own, which marks nobody. */
export const NO_ROOM = "no_room";

/** What one request may hold of answers until they are whole: a share of everybody's. */
export class HoldAllowance {
  readonly #budget: CaptureBudget;
  #heldBytes = 0;
  #refused = false;

  constructor(budget: CaptureBudget) {
    this.#budget = budget;
  }

  /** Takes `sizeBytes` as long as that makes no more than `mostBytes`; false, taking nothing, when they are not there. */
  take(sizeBytes: number, mostBytes: number): boolean {
    if (this.#heldBytes + sizeBytes > mostBytes) return false;
    if (!this.#budget.take(sizeBytes)) {
      this.#refused = true;
      return false;
    }
    this.#heldBytes += sizeBytes;
    return true;
  }

  /** Whether something was refused because all requests together hold too much. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Gives everything back. */
  release(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
