const MINUTE_MS = 60_000;

/** What was counted in one minute. */
export interface MinuteCount {
  readonly requests: number;
  readonly tokens: number;
  /** Requests that were refused for a limit. */
  readonly refused: number;
}

/** The rates of something, a minute. */
export interface Rates {
  /** Of the last 60 seconds, told from this minute and the one before. */
  readonly current: MinuteCount;
  /** The most of any one clock minute since the process started, each for itself. */
  readonly peak: MinuteCount;
}

const NOTHING: MinuteCount = { requests: 0, tokens: 0, refused: 0 };

/** Counts what goes by each minute, in a few numbers: there may be 50,000 of these. */
export class MinuteRates {
  #minute = 0;
  #now = { ...NOTHING };
  #before = NOTHING;
  #peak = NOTHING;

  /** A request goes out at `nowMs` (monotonic, as all times here). */
  began(nowMs: number): void {
    this.#at(nowMs).requests++;
  }

  /** A request was refused for a limit. */
  refused(nowMs: number): void {
    this.#at(nowMs).refused++;
  }

  /** A request turned out to have used so many tokens. */
  used(tokens: number, nowMs: number): void {
    this.#at(nowMs).tokens += tokens;
  }

  /** What is known at `nowMs`. */
  read(nowMs: number): Rates {
    const now = this.#at(nowMs);
    const left = 1 - (nowMs % MINUTE_MS) / MINUTE_MS;
    const before = this.#before;
    return {
      current: combined(now, before, (one, other) => Math.round(one + other * left)),
      peak: combined(now, this.#peak, Math.max),
    };
  }

  #at(nowMs: number): { requests: number; tokens: number; refused: number } {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute > this.#minute) {
      this.#peak = combined(this.#now, this.#peak, Math.max);
      this.#before = minute === this.#minute + 1 ? this.#now : NOTHING;
      this.#now = { ...NOTHING };
      this.#minute = minute;
    }
    return this.#now;
  }
}

function combined(
  one: MinuteCount,
  other: MinuteCount,
  combine: (one: number, other: number) => number,
): MinuteCount {
  return {
    requests: combine(one.requests, other.requests),
    tokens: combine(one.tokens, other.tokens),
    refused: combine(one.refused, other.refused),
  };
}
