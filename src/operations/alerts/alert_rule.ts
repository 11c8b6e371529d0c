import type { AlertPolicy } from "../../config/alert_policy.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";

/**
 * Turns the events of one kind and pool into alerts: one when the threshold is reached within the window, then none
 * until the cooldown is over; what happened meanwhile is told then, if it reaches the threshold again.
 */
export class AlertRule {
  readonly #runtime: Runtime;
  #policy: AlertPolicy;
  /** Monotonic times of the latest events since the last alert, at most as many as the threshold. */
  #timesMs: number[] = [];
  #count = 0;
  #raisedMs = -Infinity;
  #timer: Timer | undefined;
  #raise: (count: number) => void = () => {};

  constructor(policy: AlertPolicy, runtime: Runtime) {
    this.#policy = policy;
    this.#runtime = runtime;
  }

  /** Goes by another policy from now on; what was counted stays. */
  set policy(policy: AlertPolicy) {
    this.#policy = policy;
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#judge();
  }

  /**
   * Takes in one event. When an alert is due, now or after the cooldown, the latest event's `raise` is called with
   * the number of events since the last alert, or since a window without any.
   */
  happened(raise: (count: number) => void): void {
    this.#raise = raise;
    this.#forgetOld();
    this.#count++;
    this.#timesMs.push(this.#runtime.monotonic());
    while (this.#timesMs.length > this.#policy.threshold) this.#timesMs.shift();
    this.#judge();
  }

  /** Sets no more timers. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #forgetOld(): void {
    const oldestMs = this.#runtime.monotonic() - this.#policy.windowMs;
    while (this.#timesMs.length > 0 && (this.#timesMs[0] ?? 0) < oldestMs) this.#timesMs.shift();
    if (this.#timesMs.length === 0) this.#count = 0;
  }

  #judge(): void {
    if (this.#timer !== undefined) return;
    this.#forgetOld();
    if (this.#timesMs.length < this.#policy.threshold) return;
    const nowMs = this.#runtime.monotonic();
    const waitMs = this.#raisedMs + this.#policy.cooldownMs - nowMs;
    if (waitMs > 0) {
      this.#timer = this.#runtime.after(waitMs, () => {
        this.#timer = undefined;
        this.#judge();
      });
      return;
    }
    const count = this.#count;
    this.#timesMs = [];
    this.#count = 0;
    this.#raisedMs = nowMs;
    this.#raise(count);
  }
}
