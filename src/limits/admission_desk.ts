import type { Log } from "../core/log.ts";
import type { Runtime, Timer } from "../core/runtime.ts";
import type { WriteBehind } from "../stores/write_behind.ts";
import { type LimitStanding, ScopeCount } from "./counts/scope_count.ts";
import type { LimitScope, LimitShortage, RequestCost } from "./limit_policy.ts";
import { Reservation } from "./reservation.ts";
import { SavedScopes } from "./saved_scopes.ts";
import { ScopeTable } from "./scope_table.ts";

/** Between a change of a count and its way to the store; with the store's own interval what a kill can lose is a second's. In milliseconds. */
const SAVE_INTERVAL_MS = 500;

/** Scopes that are handed to the store at a time; the others follow at the next. */
const MAX_SAVED_AT_ONCE = 500;

/** What {@link AdmissionDesk} needs. */
export interface AdmissionParts {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Where counts outlive the process. */
  readonly state: WriteBehind;
}

/**
 * Holds requests against the limits of whoever sends them, in one synchronous step over all scopes: either a request
 * fits everywhere and is counted everywhere, or nothing changes. Memory is asked alone, so that a store that is away
 * neither opens a limit nor closes it. Outlives every generation of the config.
 */
export class AdmissionDesk {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #saved: SavedScopes;
  readonly #table: ScopeTable;
  /** Scopes that changed since they were last handed to the store. */
  #dirty: ScopeCount[] = [];
  /** Notes that a count is to be handed to the store. */
  readonly #keep = (count: ScopeCount): void => {
    if (count.isDirty) return;
    count.isDirty = true;
    this.#dirty.push(count);
    this.#saveSoon();
  };
  #timer: Timer | undefined;
  #closed = false;

  constructor({ runtime, log, state }: AdmissionParts) {
    this.#runtime = runtime;
    this.#log = log.channel("state");
    this.#saved = new SavedScopes(state, runtime);
    this.#table = new ScopeTable(runtime);
  }

  /** Brings back the counts from before the restart; to be called before the first request. Never rejects. */
  async restore(): Promise<void> {
    try {
      for await (const [name, saved] of this.#saved.all()) this.#table.restore(name, saved);
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.warn(`Could not restore the counts of tenants' limits (${reason}): they begin at 0`);
    }
  }

  /**
   * Reserves `cost` in all of `scopes`, or tells what has no room for it. `changed` is called when the reservation
   * gives something back. Throws `GatewayError` `overloaded` where no more scopes can be remembered.
   */
  admit(
    scopes: readonly LimitScope[],
    cost: RequestCost,
    changed?: () => void,
  ): Reservation | LimitShortage {
    const now = this.#table.now();
    let short: LimitShortage | undefined;
    let isNew = false;
    for (const scope of scopes) {
      const known = this.#table.find(scope);
      isNew ||= known === undefined;
      // Waiting helps only when the last of them is over.
      short = (known ?? new ScopeCount(scope.name)).shortage(scope, cost, now, short);
    }
    if (short !== undefined) return short;
    // For all of them: making room may forget those that are known and hold nothing.
    if (isNew) this.#table.makeRoom(scopes.length);
    const shares = scopes.map((scope) => {
      const count = this.#table.open(scope);
      this.#keep(count);
      return count.take(scope, cost, now);
    });
    return new Reservation(shares, cost, this.#keep, changed);
  }

  /** How full a scope's limits are. */
  standings(scope: LimitScope): LimitStanding[] {
    const now = this.#table.now();
    return (this.#table.find(scope) ?? new ScopeCount(scope.name)).standings(scope.limits, now);
  }

  /** Forgets the money spent in a scope. */
  resetBudget(scope: LimitScope): void {
    const count = this.#table.find(scope);
    if (count === undefined) return;
    count.resetBudget(scope.limits, this.#table.now());
    this.#keep(count);
  }

  /** Scopes that are remembered. */
  get size(): number {
    return this.#table.size;
  }

  /** Hands everything to the store, for the end of the process. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#save(Infinity);
  }

  #saveSoon(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#runtime.after(SAVE_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.#save(MAX_SAVED_AT_ONCE);
      this.#table.sweep();
      if (this.#dirty.length > 0) this.#saveSoon();
    });
  }

  #save(most: number): void {
    const now = this.#table.now();
    for (const count of this.#dirty.slice(0, most)) {
      count.isDirty = false;
      this.#saved.keep(count.name, count.saved(now));
    }
    this.#dirty = this.#dirty.slice(most);
  }
}
