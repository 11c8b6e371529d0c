import type { Log } from "../../core/log.ts";
import type { Runtime, Timer } from "../../core/runtime.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { HourCells } from "./hour_cells.ts";
import { type LedgerQuery, LedgerReport, type LedgerTotal, wants } from "./ledger_query.ts";
import { type LedgerRow, placeOf, totalsOf } from "./ledger_row.ts";
import { HOUR_MS, KEPT_DAYS, LedgerStore } from "./ledger_store.ts";
import { RecentIds } from "./recent_ids.ts";

/** Hours whose totals are in memory, the current one included; older ones are in the store alone. */
const MEMORY_HOURS = 48;

/** Most places of all hours in memory together; beyond, the oldest hour goes. */
const MAX_PLACES = 100_000;

/** Rows whose ids are remembered at least, so that none is entered twice. */
const REMEMBERED_ROWS = 10_000;

/** Wait before hours that could not be read at the start are read again, in milliseconds; doubles up to the cap. */
const READ_AGAIN_MS = 1_000;
const READ_AGAIN_CAP_MS = 60_000;

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
  readonly #entered = new RecentIds(REMEMBERED_ROWS);
  /** Hours that could not be read back yet. What enters them waits in memory: writing it would replace what is stored. */
  readonly #unread = new Set<number>();
  #readAgain: Timer | undefined;
  #closed = false;
  #places = 0;
  /** Hours before this one are in the store alone: what a clock that was set back dates there counts here. */
  #floor = 0;

  constructor({ runtime, log, state }: LedgerParts) {
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#store = new LedgerStore(state);
  }

  /** Reads back what the last process wrote of the hours that belong in memory; from a store that fails, as soon as it can be read. */
  async restore(): Promise<void> {
    const last = hourOf(this.#runtime.now());
    for (let hour = last - MEMORY_HOURS + 1; hour <= last; hour++) this.#unread.add(hour);
    try {
      await this.#readBack();
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(
        "The totals of usage could not be read back: what is added to them waits until they can be",
        { reason },
      );
      this.#readLater(READ_AGAIN_MS);
    }
  }

  /** Hands on what waits for an hour to be read, for the end of the process. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#readAgain?.cancel();
    try {
      await this.#readBack();
    } catch {
      const waiting = [...this.#unread].filter((hour) => this.#hours.has(hour)).length;
      if (waiting > 0) {
        this.#log.error("Usage could not be added to what is stored: it is lost", { hours: waiting });
      }
    }
  }

  /** Enters a row once: false, changing nothing, for one whose id was entered before. */
  enter(row: LedgerRow): boolean {
    if (!this.#entered.add(row.id)) return false;
    const hour = Math.max(hourOf(row.timeMs), this.#floor);
    const cells = this.#cellsOf(hour);
    const before = cells.size;
    const cell = cells.add(placeOf(row), totalsOf(row));
    this.#places += cells.size - before;
    if (!this.#unread.has(hour)) this.#store.save(hour, cell);
    return true;
  }

  /** Adds up what a question asks for; hours that are not in memory are read from the store. Rejects when that fails. */
  async query(query: LedgerQuery): Promise<readonly LedgerTotal[]> {
    const report = new LedgerReport(query);
    const now = hourOf(this.#runtime.now());
    const first = Math.max(hourOf(query.fromMs), now - KEPT_DAYS * 24);
    const end = Math.min(Math.ceil(query.toMs / HOUR_MS), now + 24);
    await this.#readBack(first, end);
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
      if (this.#unread.has(hour)) continue;
      this.#places -= this.#hours.get(hour)?.size ?? 0;
      this.#hours.delete(hour);
      this.#floor = hour + 1;
    }
  }

  /** Reads hours that are unread, of those from `first` to before `end`. Rejects when the store does. */
  async #readBack(first = 0, end = Infinity): Promise<void> {
    for (const hour of this.#unread) if (hour >= first && hour < end) await this.#load(hour);
  }

  #readLater(delayMs: number): void {
    if (this.#closed) return;
    this.#readAgain = this.#runtime.after(delayMs, () => {
      this.#readBack().catch(() => this.#readLater(Math.min(READ_AGAIN_CAP_MS, delayMs * 2)));
    });
  }

  /** Adds what is stored of an hour to what has entered it since, and writes that. */
  async #load(hour: number): Promise<void> {
    const stored = await Array.fromAsync(this.#store.read(hour, "hour"));
    // Two may have read it at once; it is added once.
    if (!this.#unread.delete(hour)) return;
    const known = this.#hours.get(hour);
    const waiting = [...known?.values() ?? []];
    if (stored.length > 0) {
      const cells = known ?? new HourCells();
      const before = cells.size;
      for (const { place, totals } of stored) cells.restore(place, totals);
      this.#hours.set(hour, cells);
      this.#places += cells.size - before;
    }
    for (const cell of waiting) this.#store.save(hour, cell);
  }
}

/** Hours since 1970, UTC. */
function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS);
}
