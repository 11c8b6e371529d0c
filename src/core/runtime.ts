/**
 * The only door to time, chance and ids: everything else receives a {@link Runtime}, so that a test can turn
 * the clock by hand and replay a seed. No other file may touch `Date`, `Math.random`, `performance` or timers.
 * @module
 */

/** A pending call of {@link Runtime.after}. */
export interface Timer {
  /** Forgets the call; harmless when it has already run or was cancelled before. */
  cancel(): void;
}

/** Time, chance and ids as one argument. */
export interface Runtime {
  /** Wall clock in milliseconds since 1970-01-01 UTC; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds that only ever grow; for durations, deadlines and expiry within this process. */
  monotonic(): number;
  /** A number in [0, 1). */
  random(): number;
  /** `sizeBytes` unpredictable bytes, fit for secrets. */
  randomBytes(sizeBytes: number): Uint8Array;
  /** A UUIDv7 (RFC 9562 §5.7); ids made later sort later, also within one millisecond. */
  newId(): string;
  /**
   * Runs `run` once, `delayMs` (0 to 2^31−1) or up to two ticks later (one more after a stall of the event loop). One timer of the platform serves all
   * calls, so a deadline costs no system timer.
   */
  after(delayMs: number, run: () => void): Timer;
}

/** Resolves after `delayMs`, or at once when `signal` aborts; it never rejects. */
export function sleep(runtime: Runtime, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = runtime.after(delayMs, done);
    signal?.addEventListener("abort", done);
  });
}
