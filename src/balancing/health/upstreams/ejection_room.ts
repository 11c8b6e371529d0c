import type { ScopeBook } from "../scope_book.ts";

/** What health must know of a pool's build. */
export interface PoolShape {
  /** How many different keys it has. */
  readonly keys: number;
  /** Scopes of its upstreams. */
  readonly upstreams: ReadonlySet<string>;
}

/**
 * Whether one more upstream may be ejected. At most half of a pool's upstreams, rounded down, may be out by our own
 * judgement: those left would get all the load and fall one by one ("mass ejection"). A pool of one may lose it:
 * its neighbours in a tier then serve, and where there are none, deciding ignores ejection.
 */
export class EjectionRoom {
  readonly #scopes: ScopeBook;
  #pools: ReadonlyMap<string, PoolShape> = new Map();
  #poolsOf = new Map<string, PoolShape[]>();
  /** Those that were ejected; some of them may be back. */
  readonly #ejected = new Set<string>();

  constructor(scopes: ScopeBook) {
    this.#scopes = scopes;
  }

  /** Says what pools the config in force has. */
  poolsInForce(shapes: ReadonlyMap<string, PoolShape>): void {
    this.#pools = shapes;
    this.#poolsOf = new Map();
    for (const shape of this.#pools.values()) {
      for (const upstream of shape.upstreams) {
        const known = this.#poolsOf.get(upstream);
        if (known === undefined) this.#poolsOf.set(upstream, [shape]);
        else known.push(shape);
      }
    }
    for (const { scope, state } of this.#scopes.marks()) if (state === "ejected") this.#ejected.add(scope);
  }

  /**
   * Whether every pool that the upstream belongs to can do without it. `trials`: an ejection counts until a trial
   * has lifted it, not only for its time. O(upstreams that are ejected).
   */
  isFor(upstream: string, trials: boolean, nowMs: number): boolean {
    return (this.#poolsOf.get(upstream) ?? []).every(({ upstreams }) => {
      let out = 0;
      for (const other of this.#ejected) {
        if (other !== upstream && upstreams.has(other) && this.#isOut(other, trials, nowMs)) out++;
      }
      return out < Math.max(1, Math.floor(upstreams.size / 2));
    });
  }

  /** The upstream was ejected. */
  take(upstream: string): void {
    this.#ejected.add(upstream);
  }

  #isOut(upstream: string, trials: boolean, nowMs: number): boolean {
    const mark = this.#scopes.find(upstream)?.ejected;
    if (mark === undefined) this.#ejected.delete(upstream);
    return mark !== undefined && (trials || nowMs < mark.endMs);
  }
}
