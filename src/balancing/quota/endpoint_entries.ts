import type { Endpoint } from "../endpoint.ts";
import type { DeclaredCount, DeclaredCounts } from "./declared/declared_counts.ts";
import type { QuotaUnit } from "./groups/quota_unit.ts";
import type { UnitBook } from "./groups/unit_book.ts";

/** What is looked up once for an endpoint of a generation. */
export interface EndpointEntry {
  readonly counts: readonly DeclaredCount[];
  /** What it learns its limits under; undefined where it has learnt nothing. */
  readonly unit: QuotaUnit | undefined;
}

interface KeptEntry extends EndpointEntry {
  unit: QuotaUnit | undefined;
  epoch: number;
}

/** Of every endpoint without declared limits of which nothing was learnt: it is not kept. */
const BLANK: EndpointEntry = { counts: [], unit: undefined };

/** What each endpoint counts under, found again by it; gone with it. */
export class EndpointEntries {
  readonly #declared: DeclaredCounts;
  readonly #units: UnitBook;
  readonly #kept = new WeakMap<Endpoint, KeptEntry>();

  constructor(declared: DeclaredCounts, units: UnitBook) {
    this.#declared = declared;
    this.#units = units;
  }

  /** What stands now: to be asked for each time. */
  of(endpoint: Endpoint): EndpointEntry {
    const entry = this.#kept.get(endpoint);
    if (entry === undefined) {
      const unit = this.#unitOf(endpoint);
      return unit === undefined && !hasDeclared(endpoint) ? BLANK : this.#keep(endpoint, unit);
    }
    if (entry.unit === undefined || entry.epoch !== this.#units.epoch) {
      entry.unit = this.#unitOf(endpoint);
      entry.epoch = this.#units.epoch;
    }
    return entry;
  }

  /** Its first request goes out: from now on it counts under `unit`; `entry` is what stood before. */
  begun(endpoint: Endpoint, entry: EndpointEntry, unit: QuotaUnit): void {
    if (entry === BLANK) this.#keep(endpoint, unit);
  }

  #keep(endpoint: Endpoint, unit: QuotaUnit | undefined): EndpointEntry {
    const counts = hasDeclared(endpoint) ? this.#declared.of(endpoint) : BLANK.counts;
    const entry = { counts, unit, epoch: this.#units.epoch };
    this.#kept.set(endpoint, entry);
    return entry;
  }

  #unitOf(endpoint: Endpoint): QuotaUnit | undefined {
    return endpoint.key === "client" ? undefined : this.#units.find(endpoint);
  }
}

function hasDeclared({ quota }: Endpoint): boolean {
  return quota !== undefined && quota.limits.length > 0;
}
