import type { Runtime } from "../../core/runtime.ts";

/** Wrong tokens an address may send within {@link FAILURES_KEPT_MS} before it is told to wait. */
const MAX_FAILURES = 10;

/** How long wrong tokens are remembered, in milliseconds. */
export const FAILURES_KEPT_MS = 60_000;

/** Addresses remembered; the one that failed longest ago is forgotten for a new one. */
const MAX_ADDRESSES = 10_000;

/** Slows guessing down at one door: an address that sent too many wrong tokens waits, whatever it sends. */
export class FailedKnocks {
  readonly #runtime: Pick<Runtime, "monotonic">;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(runtime: Pick<Runtime, "monotonic">) {
    this.#runtime = runtime;
  }

  /** Whether the address has to wait. */
  mustWait(address: string): boolean {
    const failed = this.#failures.get(address);
    return failed !== undefined && failed.untilMs > this.#runtime.monotonic() && failed.count >= MAX_FAILURES;
  }

  /** It sent a wrong token. */
  note(address: string): void {
    const nowMs = this.#runtime.monotonic();
    const before = this.#failures.get(address);
    const count = before !== undefined && before.untilMs > nowMs ? before.count + 1 : 1;
    this.#failures.delete(address);
    const oldest = this.#failures.keys().next();
    if (this.#failures.size >= MAX_ADDRESSES && oldest.done !== true) this.#failures.delete(oldest.value);
    this.#failures.set(address, { count, untilMs: nowMs + FAILURES_KEPT_MS });
  }

  /** It sent the right one. */
  forget(address: string): void {
    this.#failures.delete(address);
  }
}
