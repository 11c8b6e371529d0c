import { remainingMs } from "../core/time/remaining_ms.ts";

/** Wrong keys that an address may send within {@link WINDOW_MS} before it is told to wait. */
export const MAX_FAILED_LOGINS = 20;

/** How long wrong keys are remembered, in milliseconds from the first of them. */
const WINDOW_MS = 60_000;

/** Addresses remembered; those that began failing longest ago are forgotten for new ones, so many at a time. */
const MAX_ADDRESSES = 10_000;
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Counts wrong keys by the address they come from. Only wrong ones are ever held against an address: whoever has a
 * right key is never asked here, so that nobody can be locked out by others behind the same address.
 */
export class FailedLogins {
  readonly #failures = new Map<string, { count: number; readonly untilMs: number }>();

  /** Notes a wrong key at `nowMs` (monotonic); returns the milliseconds to wait where there were too many before it, else 0. */
  failed(address: string, nowMs: number): number {
    const known = this.#failures.get(address);
    if (known !== undefined && known.untilMs > nowMs) {
      if (known.count >= MAX_FAILED_LOGINS) return remainingMs(known.untilMs, nowMs);
      known.count++;
      return 0;
    }
    this.#failures.delete(address);
    if (this.#failures.size >= MAX_ADDRESSES) this.#forgetOldest();
    this.#failures.set(address, { count: 1, untilMs: nowMs + WINDOW_MS });
    return 0;
  }

  #forgetOldest(): void {
    let forgotten = 0;
    for (const address of this.#failures.keys()) {
      this.#failures.delete(address);
      if (++forgotten >= FORGOTTEN_AT_ONCE) return;
    }
  }
}
