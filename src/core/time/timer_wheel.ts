import type { Timer } from "../runtime.ts";

interface Entry extends Timer {
  dueMs: number;
  run: (() => void) | undefined;
}

/** Number of slots; with the default tick of 20 ms one turn of the wheel takes 10.24 s. */
const SLOTS = 512;

/** A tick that comes this many ticks late has been held up by a stall of the event loop or of the machine. */
const LATE_TICKS = 3;

/** What drives a wheel: the platform's interval, or a test's hand. */
export interface WheelDriver {
  /** Milliseconds that only grow. */
  monotonic(): number;
  /** Calls `tick` every `tickMs` until the returned function is called. */
  every(tickMs: number, tick: () => void): () => void;
}

/**
 * A hashed timing wheel (Varghese and Lauck, 1987): setting and cancelling cost the same whatever the number
 * of timers, and the driver runs only while a timer is pending, so that an idle process can sleep and exit.
 */
export class TimerWheel {
  readonly #slots: Set<Entry>[] = Array.from({ length: SLOTS }, () => new Set());
  readonly #driver: WheelDriver;
  readonly #tickMs: number;
  #pending = 0;
  #tickNumber = 0;
  #stop: (() => void) | undefined;
  #isLate = false;

  constructor(driver: WheelDriver, tickMs = 20) {
    this.#driver = driver;
    this.#tickMs = tickMs;
  }

  /** See {@link Runtime.after}. */
  after(delayMs: number, run: () => void): Timer {
    const nowMs = this.#driver.monotonic();
    if (this.#stop === undefined) {
      this.#tickNumber = Math.floor(nowMs / this.#tickMs);
      this.#stop = this.#driver.every(this.#tickMs, () => this.#advance());
    }
    const dueMs = nowMs + Math.max(0, delayMs);
    const slot = this.#slotAt(Math.max(Math.ceil(dueMs / this.#tickMs), this.#tickNumber + 1));
    const entry: Entry = {
      dueMs,
      run,
      cancel: () => {
        if (entry.run === undefined) return;
        entry.run = undefined;
        slot.delete(entry);
        this.#forgetOne();
      },
    };
    slot.add(entry);
    this.#pending++;
    return entry;
  }

  #slotAt(tickNumber: number): Set<Entry> {
    // The index is always inside the array: SLOTS entries, modulo SLOTS of a non-negative integer.
    return this.#slots[tickNumber % SLOTS] as Set<Entry>;
  }

  #forgetOne(): void {
    if (--this.#pending > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #advance(): void {
    const nowMs = this.#driver.monotonic();
    const target = Math.floor(nowMs / this.#tickMs);
    // What arrived during a stall has not been read yet, and timers run before it is: one more tick lets it be
    // seen, else a pause of ours would look like the silence of every upstream at once.
    this.#isLate = !this.#isLate && target - this.#tickNumber > LATE_TICKS;
    if (this.#isLate) return;
    // After a suspended machine wakes, one whole turn visits every slot; more turns would find the same.
    if (target - this.#tickNumber > SLOTS) this.#tickNumber = target - SLOTS;
    while (this.#tickNumber < target) {
      this.#tickNumber++;
      const slot = this.#slotAt(this.#tickNumber);
      if (slot.size === 0) continue;
      for (const entry of [...slot]) {
        const run = entry.run;
        if (run === undefined || entry.dueMs > nowMs) continue;
        entry.cancel();
        run();
      }
    }
  }
}
