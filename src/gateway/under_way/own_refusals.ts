import { MinuteRates } from "../../balancing/minute_rates.ts";

/** Counts, for each pool, requests that the gateway itself told 429 because none of its endpoints had room. */
export class OwnRefusals {
  readonly #byPool = new Map<string, MinuteRates>();

  /** A request for the pool was refused at `nowMs` (monotonic). */
  refused(pool: string, nowMs: number): void {
    let rates = this.#byPool.get(pool);
    if (rates === undefined) this.#byPool.set(pool, rates = new MinuteRates());
    rates.refused(nowMs);
  }

  /** Those of the last 60 seconds, and the most in one minute. */
  read(pool: string, nowMs: number): { current: number; peak: number } {
    const rates = this.#byPool.get(pool)?.read(nowMs);
    return { current: rates?.current.refused ?? 0, peak: rates?.peak.refused ?? 0 };
  }

  /** Forgets pools that `keep` does not name. */
  retain(keep: ReadonlySet<string>): void {
    for (const pool of this.#byPool.keys()) if (!keep.has(pool)) this.#byPool.delete(pool);
  }
}
