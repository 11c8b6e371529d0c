import { LinkedRing, RingLink } from "../memory/linked_ring.ts";
import type { Timer } from "../runtime.ts";

/** One pending call of {@link TimerWheel.after}. */
class Entry extends RingLink implements Timer {
  readonly dueMs: number;
  /** Undefined once it ran or was cancelled. */
  run: (() => void) | undefined;
  readonly #forgotten: () => void;

  constructor(dueMs: number, run: () => void, forgotten: () => void) {
    super();
    this.dueMs = dueMs;
    this.run = run;
    this.#forgotten = forgotten;
  }

  cancel(): void {
    if (this.run === undefined) return;
    this.run = undefined;
    this.unlink();
    this.#forgotten();
  }
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
  readonly #slots: LinkedRing<Entry>[] = Array.from({ length: SLOTS }, () => new LinkedRing());
  readonly #driver: WheelDriver;
  readonly #tickMs: number;
  readonly #forgotten = () => this.#forgetOne();
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
    const entry = new Entry(dueMs, run, this.#forgotten);
    slot.add(entry);
    this.#pending++;
    return entry;
  }

  #slotAt(tickNumber: number): LinkedRing<Entry> {
    // The index is always inside the array: SLOTS entries, modulo SLOTS of a non-negative integer.
    return this.#slots[tickNumber % SLOTS] as LinkedRing<Entry>;
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
      if (slot.isEmpty) continue;
      for (const entry of slot.all()) {
        const run = entry.run;
        if (run === undefined || entry.dueMs > nowMs) continue;
        entry.cancel();
        run();
      }
    }
  }
}
