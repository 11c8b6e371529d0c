import type { ScopeCount, ScopeShare } from "./counts/scope_count.ts";
import type { RequestCost } from "./limit_policy.ts";

/** What a request really took; members that nobody knows are left out. */
export interface ActualUse {
  /** Input and output of all its attempts. */
  readonly tokens?: number | undefined;
  /** Of all its attempts, in millionths of a dollar. */
  readonly usdMicros?: number | undefined;
}

/**
 * What one admitted request holds of every limit it counts against. Until it is settled, its estimate is reserved;
 * of what nobody knows then, the estimate stands for good.
 */
export class Reservation {
  readonly #shares: readonly ScopeShare[];
  readonly #cost: RequestCost;
  readonly #keep: (count: ScopeCount) => void;
  readonly #changed: (() => void) | undefined;
  #settled = false;
  #released = false;

  /** `cost`: what was reserved in all of `shares`. `keep` is told each count that changes, `changed` that what is held became less or more. */
  constructor(
    shares: readonly ScopeShare[],
    cost: RequestCost,
    keep: (count: ScopeCount) => void,
    changed: (() => void) | undefined,
  ) {
    this.#shares = shares;
    this.#cost = cost;
    this.#keep = keep;
    this.#changed = changed;
  }

  /**
   * Puts facts in the place of the estimate, at any time, also when the request is over: what was not used is given
   * back, what was used beyond it is owed; a member that nobody knows was what it was taken for. Later calls change
   * nothing.
   */
  settle({ tokens, usdMicros }: ActualUse): void {
    if (this.#settled) return;
    this.#settled = true;
    // An upstream may report what is no number; that would spoil every sum it enters.
    const knownTokens = isAmount(tokens) ? tokens : undefined;
    const knownMicros = isAmount(usdMicros) ? Math.round(usdMicros) : undefined;
    for (const share of this.#shares) {
      share.count.settle(share, this.#cost, knownTokens, knownMicros);
      this.#keep(share.count);
    }
    this.#changed?.();
  }

  /** The request is over; `bytes`: how many really went by, both ways. Later calls change nothing. */
  release(bytes?: number): void {
    if (this.#released) return;
    this.#released = true;
    for (const share of this.#shares) {
      share.count.end();
      if (bytes !== undefined) share.count.settleBytes(share, this.#cost, bytes);
      this.#keep(share.count);
    }
    this.#changed?.();
  }

  /** The request is over and no upstream was asked: everything is given back but that it was a request. */
  giveBack(): void {
    this.settle({ tokens: 0, usdMicros: 0 });
    this.release(0);
  }
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}
