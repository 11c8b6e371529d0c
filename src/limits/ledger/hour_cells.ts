import { addTotals, DIMENSIONS, type LedgerPlace, noTotals, type Totals } from "./ledger_row.ts";

/** Most places that one hour tells apart; further ones of the hour are added up as {@link OTHER}, tenant by tenant. */
export const MAX_PLACES_PER_HOUR = 20_000;

/** Stands for what is no longer told apart. */
export const OTHER = "other";

/** Totals at one place. */
export interface Cell {
  readonly place: LedgerPlace;
  readonly totals: Totals;
}

/** The totals of one hour. */
export class HourCells {
  readonly #cells = new Map<string, Cell>();

  /** Adds to what stands at a place; the cell that it went into. */
  add(place: LedgerPlace, more: readonly number[]): Cell {
    const name = nameOf(place);
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      if (this.#cells.size >= MAX_PLACES_PER_HOUR && place.model !== OTHER) {
        return this.add({ ...place, tenantKey: OTHER, pool: OTHER, key: OTHER, model: OTHER }, more);
      }
      this.#cells.set(name, cell = { place, totals: noTotals() });
    }
    addTotals(cell.totals, more);
    return cell;
  }

  /**
   * Adds what is read back of a place to what stands there. It is told apart as it was when it was written, however
   * many there are: added up as {@link OTHER} it would count twice once the hour is read from the store again.
   */
  restore(place: LedgerPlace, totals: readonly number[]): void {
    const name = nameOf(place);
    const cell = this.#cells.get(name) ?? { place, totals: noTotals() };
    this.#cells.set(name, cell);
    addTotals(cell.totals, totals);
  }

  get size(): number {
    return this.#cells.size;
  }

  values(): Iterable<Cell> {
    return this.#cells.values();
  }
}

function nameOf(place: LedgerPlace): string {
  return DIMENSIONS.map((name) => place[name]).join("\n");
}
