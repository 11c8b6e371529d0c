import type { Log } from "../../core/log.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { HourCells } from "./hour_cells.ts";
import { type LedgerQuery, LedgerReport, type LedgerTotal, wants } from "./ledger_query.ts";
import { type LedgerRow, placeOf, totalsOf } from "./ledger_row.ts";
import { HOUR_MS, KEPT_DAYS, LedgerStore } from "./ledger_store.ts";

/** Hours whose totals are in memory, the current one included; older ones are in the store alone. */
const MEMORY_HOURS = 48;

/** Most places of all hours in memory together; beyond, the oldest hour goes. */
const MAX_PLACES = 100_000;

/** Rows whose ids are remembered, so that none is entered twice. */
const REMEMBERED_ROWS = 20_000;

/** What {@link Ledger} needs. */
export interface LedgerParts {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly state: WriteBehind;
}

/**
 * What everybody used and what it cost, added up by hour and place. Memory is what is read and written; the store is
 * written behind it, so that a kill loses what one flush interval holds, and holds what is older.
 */
export class Ledger {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #store: LedgerStore;
  readonly #hours = new Map<number, HourCells>();
  readonly #entered = new Set<string>();
  #places = 0;
  /** Hours before this one are in the store alone: what a clock that was set back dates there counts here. */
  #floor = 0;

  constructor({ runtime, log, state }: LedgerParts) {
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#store = new LedgerStore(state);
  }

  /** Reads back what the last process wrote of the hours that belong in memory; a store that fails costs a line in the log. */
  async restore(): Promise<void> {
    const last = hourOf(this.#runtime.now());
    try {
      for (let hour = last - MEMORY_HOURS + 1; hour <= last; hour++) await this.#load(hour);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn("The totals of usage could not be read back; they are counted anew", { reason });
    }
  }

  /** Enters a row once: false, changing nothing, for one whose id was entered before. */
  enter(row: LedgerRow): boolean {
    if (this.#entered.has(row.id)) return false;
    this.#entered.add(row.id);
    if (this.#entered.size > REMEMBERED_ROWS) {
      for (const oldest of this.#entered) {
        this.#entered.delete(oldest);
        break;
      }
    }
    const hour = Math.max(hourOf(row.timeMs), this.#floor);
    const cells = this.#cellsOf(hour);
    const before = cells.size;
    const cell = cells.add(placeOf(row), totalsOf(row));
    this.#places += cells.size - before;
    this.#store.save(hour, cell);
    return true;
  }

  /** Adds up what a question asks for; hours that are not in memory are read from the store. Rejects when that fails. */
  async query(query: LedgerQuery): Promise<readonly LedgerTotal[]> {
    const report = new LedgerReport(query);
    const now = hourOf(this.#runtime.now());
    const first = Math.max(hourOf(query.fromMs), now - KEPT_DAYS * 24);
    const end = Math.min(Math.ceil(query.toMs / HOUR_MS), now + 24);
    const stored = Math.min(end, this.#oldestInMemory);
    for (let day = first - first % 24; day < stored; day += 24) {
      for await (const cell of this.#store.read(day, "day")) {
        const isOld = cell.hour >= first && cell.hour < end && !this.#hours.has(cell.hour);
        if (isOld && wants(query, cell.place)) report.add(cell.hour * HOUR_MS, cell);
      }
    }
    for (const [hour, cells] of this.#hours) {
      if (hour < first || hour >= end) continue;
      for (const cell of cells.values()) if (wants(query, cell.place)) report.add(hour * HOUR_MS, cell);
    }
    return report.totals();
  }

  get #oldestInMemory(): number {
    return Math.min(Infinity, ...this.#hours.keys());
  }

  #cellsOf(hour: number): HourCells {
    let cells = this.#hours.get(hour);
    if (cells === undefined) {
      this.#hours.set(hour, cells = new HourCells());
      this.#letGo(hour);
    } else if (this.#places > MAX_PLACES) this.#letGo(hour);
    return cells;
  }

  /** Lets go of hours that are too old or too many for memory: what waits to be written of them is written all the same. */
  #letGo(current: number): void {
    for (const hour of [...this.#hours.keys()].sort((one, other) => one - other)) {
      const isOld = hour <= current - MEMORY_HOURS;
      if (hour >= current || (!isOld && this.#places <= MAX_PLACES)) return;
      this.#places -= this.#hours.get(hour)?.size ?? 0;
      this.#hours.delete(hour);
      this.#floor = hour + 1;
    }
  }

  async #load(hour: number): Promise<void> {
    const cells = new HourCells();
    for await (const { place, totals } of this.#store.read(hour, "hour")) {
      cells.restore(place, totals);
    }
    if (cells.size === 0) return;
    this.#hours.set(hour, cells);
    this.#places += cells.size;
  }
}

/** Hours since 1970, UTC. */
function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS);
}
