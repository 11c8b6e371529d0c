/** How many retries a pool's upstreams are asked to bear. */
export interface RetryBudgetPolicy {
  /** Retries for each request, 0 or more: 0.2 allows one for every five requests. */
  readonly share: number;
  /** Retries a second that are always allowed, so that a quiet pool may retry at all; 0 or more. */
  readonly floorPerSecond: number;
}

/** Requests and retries count for this long, in seconds (Finagle's `RetryBudget`). */
const WINDOW_SECONDS = 10;

interface Second {
  /** Which second of the monotonic clock these counts are of. */
  number: number;
  requests: number;
  retries: number;
}

/**
 * Keeps retries from multiplying an outage: a pool gets, beside its requests, no more retries than a share of
 * them and a floor, over ten seconds. Only what costs an upstream work is counted here; a refused connection, a
 * refused key or a rate limit is not. Times are monotonic milliseconds.
 */
export class RetryBudgets {
  readonly #pools = new Map<string, Second[]>();

  /** A request is tried in `pool` for the first time. */
  began(pool: string, nowMs: number): void {
    this.#secondOf(pool, nowMs).requests++;
  }

  /** Takes one retry in `pool`; false, taking nothing, when the budget is used up. */
  take(pool: string, policy: RetryBudgetPolicy, nowMs: number): boolean {
    const now = this.#secondOf(pool, nowMs);
    let requests = 0;
    let retries = 0;
    for (const second of this.#pools.get(pool) ?? []) {
      if (second.number <= now.number - WINDOW_SECONDS) continue;
      requests += second.requests;
      retries += second.retries;
    }
    if (retries + 1 > requests * policy.share + policy.floorPerSecond * WINDOW_SECONDS) return false;
    now.retries++;
    return true;
  }

  /** Forgets every pool that `keep` does not name. */
  retain(keep: ReadonlySet<string>): void {
    for (const pool of this.#pools.keys()) if (!keep.has(pool)) this.#pools.delete(pool);
  }

  #secondOf(pool: string, nowMs: number): Second {
    let seconds = this.#pools.get(pool);
    if (seconds === undefined) {
      seconds = Array.from({ length: WINDOW_SECONDS }, () => ({ number: -1, requests: 0, retries: 0 }));
      this.#pools.set(pool, seconds);
    }
    const number = Math.floor(nowMs / 1000);
    const at = number % WINDOW_SECONDS;
    const known = seconds[at];
    if (known?.number === number) return known;
    return seconds[at] = { number, requests: 0, retries: 0 };
  }
}
