import type { Runtime } from "../../core/runtime.ts";

/** Most requests that wait for one pool; one more is told to come back later. */
export const MAX_WAITERS = 1_000;

/** Two requests that wait for the same moment are woken up to this long after each other, in milliseconds. */
const MAX_GAP_MS = 10;

/** When a waiting request may go on; monotonic milliseconds. */
export interface WaitTimes {
  /** The moment waited for. */
  readonly dueMs: number;
  /** It is woken no later than this. */
  readonly endMs: number;
}

interface Waiter {
  readonly dueMs: number;
  readonly wakeMs: number;
}

/**
 * Requests waiting until a pool can take one again. Those that wait for the same moment are woken one after the
 * other, in the order in which they came and at random small distances: all at once would be refused at once.
 */
export class WaitingLines {
  readonly #runtime: Runtime;
  readonly #lines = new Map<string, Waiter[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves when the time has come or `signal` aborts; to false, at once, when too many wait already. */
  wait(pool: string, { dueMs, endMs }: WaitTimes, signal: AbortSignal): Promise<boolean> {
    const line = this.#lines.get(pool) ?? [];
    if (line.length >= MAX_WAITERS) return Promise.resolve(false);
    if (signal.aborted) return Promise.resolve(true);
    this.#lines.set(pool, line);
    const at = line.findLastIndex((other) => other.dueMs <= dueMs) + 1;
    const afterMs = Math.max(dueMs, line[at - 1]?.wakeMs ?? 0);
    const wakeMs = Math.min(endMs, afterMs + this.#runtime.random() * MAX_GAP_MS);
    const waiter: Waiter = { dueMs, wakeMs };
    line.splice(at, 0, waiter);
    return new Promise((resolve) => {
      const leave = () => {
        timer.cancel();
        signal.removeEventListener("abort", leave);
        line.splice(line.indexOf(waiter), 1);
        if (line.length === 0) this.#lines.delete(pool);
        resolve(true);
      };
      const timer = this.#runtime.after(Math.max(0, wakeMs - this.#runtime.monotonic()), leave);
      signal.addEventListener("abort", leave);
    });
  }

  /** Requests that wait now, for any pool. */
  get size(): number {
    let size = 0;
    for (const line of this.#lines.values()) size += line.length;
    return size;
  }
}
