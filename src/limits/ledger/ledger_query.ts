import { utcTime } from "../../recording/lines/utc_time.ts";
import type { Cell } from "./hour_cells.ts";
import {
  addTotals,
  type Dimension,
  DIMENSIONS,
  type LedgerPlace,
  type Measure,
  MEASURES,
  noTotals,
  type Totals,
} from "./ledger_row.ts";

/** Spans of time, UTC, that totals may be told by; `all`: by none. */
export const BUCKETS = ["all", "hour", "day", "month"] as const;

/** One of {@link BUCKETS}. */
export type Bucket = (typeof BUCKETS)[number];

/** What is asked of the ledger. */
export interface LedgerQuery {
  /** Wall clock; counts from the beginning of its hour. */
  readonly fromMs: number;
  /** Wall clock; counts to the end of its hour, where it is not its beginning. */
  readonly toMs: number;
  readonly bucket: Bucket;
  /** Dimensions that are told apart. */
  readonly by: readonly Dimension[];
  /** Only what has this value there. */
  readonly only: { readonly [name in Dimension]?: string | undefined };
}

/** One line of an answer. */
export interface LedgerTotal {
  /** The bucket: `2026-01`, `2026-01-31`, `2026-01-31T23`; undefined where time is not told apart. */
  readonly time: string | undefined;
  /** Values of the dimensions that were asked for; empty where there is none. */
  readonly place: { readonly [name in Dimension]?: string };
  readonly sums: { readonly [name in Measure]: number };
}

/** How much of a time's ISO spelling names its bucket. */
const BUCKET_LENGTHS: Readonly<Record<Bucket, number>> = { all: 0, hour: 13, day: 10, month: 7 };

/** Whether a place is asked for. */
export function wants({ only }: LedgerQuery, place: LedgerPlace): boolean {
  return DIMENSIONS.every((name) => only[name] === undefined || only[name] === place[name]);
}

/** Adds cells up as a query groups them. */
export class LedgerReport {
  readonly #query: LedgerQuery;
  readonly #groups = new Map<string, Omit<LedgerTotal, "sums"> & { readonly totals: Totals }>();

  constructor(query: LedgerQuery) {
    this.#query = query;
  }

  /** Adds the cell of the hour that begins at `timeMs`. */
  add(timeMs: number, { place, totals }: Cell): void {
    const { by, bucket } = this.#query;
    const time = utcTime(timeMs).slice(0, BUCKET_LENGTHS[bucket]);
    const values = by.map((name) => place[name]);
    const name = [time, ...values].join("\n");
    let group = this.#groups.get(name);
    if (group === undefined) {
      const told = Object.fromEntries(by.map((dimension, at) => [dimension, values[at] ?? ""]));
      group = { time: bucket === "all" ? undefined : time, place: told, totals: noTotals() };
      this.#groups.set(name, group);
    }
    addTotals(group.totals, totals);
  }

  /** Every group, by time and then by what cost most. */
  totals(): LedgerTotal[] {
    return [...this.#groups.values()]
      .map(({ time, place, totals }) => ({ time, place, sums: named(totals) }))
      .sort((one, other) =>
        (one.time ?? "").localeCompare(other.time ?? "") || other.sums.costNanos - one.sums.costNanos ||
        other.sums.inputTokens - one.sums.inputTokens
      );
  }
}

function named(totals: Totals): LedgerTotal["sums"] {
  // Every measure is in the list that the entries are made of.
  return Object.fromEntries(MEASURES.map((name, at) => [name, totals[at] ?? 0])) as LedgerTotal["sums"];
}
