import { utcTime } from "../../recording/lines/utc_time.ts";
import type { StoreEntry, StoreKey } from "../../stores/store.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import type { Cell } from "./hour_cells.ts";
import { DIMENSIONS, type LedgerPlace } from "./ledger_row.ts";

/** An hour, in milliseconds. */
export const HOUR_MS = 3_600_000;

/** Days that totals are kept: a year, and the month in which somebody asks for it. */
export const KEPT_DAYS = 400;

const KEPT_MS = KEPT_DAYS * 24 * HOUR_MS;

/** Where all totals stand; below it the day, the hour, and the values of {@link DIMENSIONS}. */
const ROOT: StoreKey = ["v1", "ledger"];

/** Totals as they are read back. */
export interface StoredCell extends Cell {
  readonly hour: number;
}

/** The ledger's side of the store: one entry for each place of each hour, forgotten after {@link KEPT_DAYS}. */
export class LedgerStore {
  readonly #state: WriteBehind;
  /** Of cells that were saved: each is saved again and again, in its one hour. */
  readonly #keys = new WeakMap<Cell, StoreKey>();

  constructor(state: WriteBehind) {
    this.#state = state;
  }

  /** Writes a cell behind; `hour` counts from 1970. */
  save(hour: number, cell: Cell): void {
    let key = this.#keys.get(cell);
    if (key === undefined) this.#keys.set(cell, key = keyOf(hour, cell.place));
    this.#state.set(key, [...cell.totals], KEPT_MS);
  }

  /** Every cell of the day or the hour that `hour` is in. Rejects when the store does. */
  async *read(hour: number, span: "day" | "hour"): AsyncGenerator<StoredCell> {
    const prefix = [...ROOT, ...timeOf(hour).slice(0, span === "day" ? 1 : 2)];
    for await (const entry of this.#state.store.list(prefix)) {
      const cell = cellOf(entry, hour);
      if (cell !== undefined) yield cell;
    }
  }
}

function keyOf(hour: number, place: LedgerPlace): StoreKey {
  return [...ROOT, ...timeOf(hour), ...DIMENSIONS.map((name) => place[name])];
}

/** Day and hour, UTC: `20260131`, `23`. */
function timeOf(hour: number): readonly [string, string] {
  const text = utcTime(hour * HOUR_MS);
  return [text.slice(0, 10).replaceAll("-", ""), text.slice(11, 13)];
}

/** What another version or a damaged entry says oddly is left out. */
function cellOf({ key, value }: StoreEntry, hour: number): StoredCell | undefined {
  const [, , , hourOfDay = "", tenant, tenantKey, pool, upstreamKey, model] = key;
  const isWhole = tenant !== undefined && tenantKey !== undefined && pool !== undefined &&
    upstreamKey !== undefined && model !== undefined;
  if (!isWhole || !/^\d\d$/.test(hourOfDay) || !Array.isArray(value)) return undefined;
  const totals = value.map((sum) => Number.isSafeInteger(sum) ? Number(sum) : 0);
  const place = { tenant, tenantKey, pool, key: upstreamKey, model };
  return { hour: hour - hour % 24 + Number(hourOfDay), place, totals };
}
