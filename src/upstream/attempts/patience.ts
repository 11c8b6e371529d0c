import type { Observer } from "../../core/observe.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { FairLines, LinePlace, Turn } from "./fair_lines.ts";
import type { WaitingLines } from "./waiting_lines.ts";

/** The shortest pause before those that were told to rest are looked at again; doubles each time. In milliseconds. */
const FIRST_PAUSE_MS = 25;

/** The longest of them, where their rest is over sooner. */
const MAX_PAUSE_MS = 1_000;

/** What {@link Patience} needs. */
export interface PatienceParts {
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly waiting: WaitingLines;
  readonly turns: FairLines;
  /** Longest time in all, in milliseconds, from the first wait on; 0: none. */
  readonly waitMs: number;
}

/** One request's waiting for endpoints that were told to rest. */
export class Patience {
  readonly #parts: PatienceParts;
  #endMs: number | undefined;
  #waits = 0;
  #waitedMs = 0;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  /** Milliseconds spent waiting so far. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /**
   * Waits in `pool`'s line until `restOverMs` (monotonic; Infinity where nobody rests) or until `signal` aborts.
   * False, at once, where that is later than may be waited or the line is full.
   */
  async wait(pool: string, restOverMs: number, signal: AbortSignal): Promise<boolean> {
    const { runtime, observer, waiting, waitMs } = this.#parts;
    const startMs = runtime.monotonic();
    const endMs = this.#endMs ??= startMs + waitMs;
    const leastMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#waits++);
    const dueMs = Math.max(restOverMs, startMs + leastMs);
    if (dueMs > endMs) return false;
    const waited = await waiting.wait(pool, { dueMs, endMs }, signal);
    observer.count("waits", { pool, end: waited ? "waited" : "line_full" });
    this.#waitedMs += runtime.monotonic() - startMs;
    return waited;
  }

  /**
   * Waits for a turn in `pool`, which has as many requests under way as it may. `before`: the turn that was too early.
   * Resolves to one that is not given, at once, where no more may be waited or the line is full.
   */
  async turn(
    pool: string,
    who: Omit<LinePlace, "endMs">,
    signal: AbortSignal,
    before: Turn | undefined,
  ): Promise<Turn> {
    const { runtime, observer, turns, waitMs } = this.#parts;
    const startMs = runtime.monotonic();
    const endMs = this.#endMs ??= startMs + waitMs;
    const turn = await turns.wait(pool, { ...who, endMs }, signal, before);
    observer.count("waits", { pool, end: turn.isGiven ? "turn" : "no_turn" });
    this.#waitedMs += runtime.monotonic() - startMs;
    return turn;
  }
}
