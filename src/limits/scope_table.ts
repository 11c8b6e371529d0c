import { GatewayError } from "../core/errors.ts";
import type { Runtime } from "../core/runtime.ts";
import type { LimitScope } from "./limit_policy.ts";
import { type Moment, type SavedScope, ScopeCount } from "./counts/scope_count.ts";

/** Most scopes with something to remember; one more is refused, for a count that is forgotten is an open limit. */
export const MAX_SCOPES = 250_000;

/** Scopes that one sweep looks at. */
const SWEEP_SIZE = 2_000;

/** Every scope that has something to remember, by name: made on use, forgotten when nothing in it counts any more. */
export class ScopeTable {
  readonly #runtime: Runtime;
  readonly #maxScopes: number;
  readonly #scopes = new Map<string, ScopeCount>();
  #sweeping = this.#scopes.entries();

  constructor(runtime: Runtime, maxScopes = MAX_SCOPES) {
    this.#runtime = runtime;
    this.#maxScopes = maxScopes;
  }

  /** Scopes remembered. */
  get size(): number {
    return this.#scopes.size;
  }

  /** Both clocks' time. */
  now(): Moment {
    return { monotonicMs: this.#runtime.monotonic(), wallMs: this.#runtime.now() };
  }

  /** The scope's counts; undefined where nothing was counted yet. */
  find(scope: LimitScope): ScopeCount | undefined {
    const { found } = scope;
    if (found instanceof ScopeCount && found.keeper === this) return found;
    const known = this.#scopes.get(scope.name);
    scope.found = known;
    return known;
  }

  /** The scope's counts, made where there are none; {@link makeRoom} first. */
  open(scope: LimitScope): ScopeCount {
    const known = this.find(scope);
    if (known !== undefined) return known;
    const made = this.#make(scope.name);
    scope.found = made;
    return made;
  }

  /** Sees to it that `scopes` more can be remembered. Throws `GatewayError` `overloaded` where they cannot. */
  makeRoom(scopes: number): void {
    if (this.#scopes.size + scopes > this.#maxScopes) this.sweep();
    if (this.#scopes.size + scopes <= this.#maxScopes) return;
    throw new GatewayError(
      "overloaded",
      "The gateway keeps as many limits as it can. Try again shortly, or tell the operator.",
      { retryAfterMs: 5_000 },
    );
  }

  /** Takes in what was kept of a scope. */
  restore(name: string, saved: SavedScope): void {
    if (this.#scopes.size < this.#maxScopes) this.#make(name).restore(saved, this.now());
  }

  /** Forgets some of those in which nothing counts; goes on where the last sweep stopped. */
  sweep(): void {
    const now = this.now();
    for (let looked = 0; looked < SWEEP_SIZE; looked++) {
      const next = this.#sweeping.next();
      if (next.done === true) {
        this.#sweeping = this.#scopes.entries();
        return;
      }
      const [name, count] = next.value;
      if (!count.shrink(now)) continue;
      this.#scopes.delete(name);
      count.keeper = undefined;
    }
  }

  #make(name: string): ScopeCount {
    const made = new ScopeCount(name, this);
    this.#scopes.set(name, made);
    return made;
  }
}
