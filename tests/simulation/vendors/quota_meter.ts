/** How a vendor enforces a limit a minute. */
export const ENFORCEMENTS = ["bucket", "window", "gcra"] as const;

/**
 * One of {@link ENFORCEMENTS}: a bucket that holds a minute's worth and is refilled evenly; a count that begins anew
 * every minute; a tenth of a minute's worth at once and the rest evenly ("60 a minute may be enforced as 1 a second").
 */
export type Enforcement = (typeof ENFORCEMENTS)[number];

/** How a limit stands, as the vendor's header fields tell it. */
export interface QuotaState {
  /** Units that could be taken now. */
  readonly remaining: number;
  /** Milliseconds until nothing is used up any more. */
  readonly resetMs: number;
}

const MINUTE_MS = 60_000;

/** A limit a minute, enforced as a vendor does: also what is refused counts (help.openai.com, article 5955604). */
export class QuotaMeter {
  readonly limit: number;
  readonly #enforcement: Enforcement;
  /** Units that an idle meter gives at once. */
  readonly #burst: number;
  /** Bucket, GCRA: units used and not refilled yet; window: units counted since it began. */
  #used = 0;
  #sinceMs = 0;

  /** `limit`: units a minute. */
  constructor(enforcement: Enforcement, limit: number) {
    this.#enforcement = enforcement;
    this.limit = limit;
    this.#burst = enforcement === "gcra" ? Math.max(1, Math.floor(limit / 10)) : limit;
  }

  /** Takes `units`; returns 0, or, having refused, the milliseconds until they would be given. */
  take(units: number, nowMs: number): number {
    this.#settle(nowMs);
    const missing = this.#used + units - this.#burst;
    if (missing <= 0) {
      this.#used += units;
      return 0;
    }
    // A refusal never puts the next success off by more than a little, or a burst of them would shut a key for minutes.
    this.#used = Math.min(this.#burst, this.#used + units);
    return this.#enforcement === "window"
      ? this.#sinceMs + MINUTE_MS - nowMs
      : (this.#used + units - this.#burst) * MINUTE_MS / this.limit;
  }

  /** How it stands at `nowMs`. */
  stateAt(nowMs: number): QuotaState {
    this.#settle(nowMs);
    return {
      remaining: Math.max(0, Math.floor(this.#burst - this.#used)),
      resetMs: this.#enforcement === "window"
        ? this.#sinceMs + MINUTE_MS - nowMs
        : this.#used * MINUTE_MS / this.limit,
    };
  }

  #settle(nowMs: number): void {
    if (this.#enforcement === "window") {
      const beganMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
      if (beganMs !== this.#sinceMs) this.#used = 0;
      this.#sinceMs = beganMs;
    } else {
      this.#used = Math.max(0, this.#used - (nowMs - this.#sinceMs) * this.limit / MINUTE_MS);
      this.#sinceMs = nowMs;
    }
  }
}
