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

/** Counts what goes by each minute, in a few numbers that lie in it: there may be 50,000 of these. */
export class MinuteRates {
  #minute = 0;
  #requests = 0;
  #tokens = 0;
  #refused = 0;
  /** Of the minute before. */
  #requestsBefore = 0;
  #tokensBefore = 0;
  #refusedBefore = 0;
  /** The most of any minute that is over. */
  #requestsPeak = 0;
  #tokensPeak = 0;
  #refusedPeak = 0;

  /** A request goes out at `nowMs` (monotonic, as all times here). */
  began(nowMs: number): void {
    this.#advance(nowMs);
    this.#requests++;
  }

  /** A request was refused for a limit. */
  refused(nowMs: number): void {
    this.#advance(nowMs);
    this.#refused++;
  }

  /** A request turned out to have used so many tokens. */
  used(tokens: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#tokens += tokens;
  }

  /** What is known at `nowMs`. */
  read(nowMs: number): Rates {
    this.#advance(nowMs);
    const left = 1 - (nowMs % MINUTE_MS) / MINUTE_MS;
    return {
      current: {
        requests: Math.round(this.#requests + this.#requestsBefore * left),
        tokens: Math.round(this.#tokens + this.#tokensBefore * left),
        refused: Math.round(this.#refused + this.#refusedBefore * left),
      },
      peak: {
        requests: Math.max(this.#requests, this.#requestsPeak),
        tokens: Math.max(this.#tokens, this.#tokensPeak),
        refused: Math.max(this.#refused, this.#refusedPeak),
      },
    };
  }

  #advance(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute <= this.#minute) return;
    this.#requestsPeak = Math.max(this.#requests, this.#requestsPeak);
    this.#tokensPeak = Math.max(this.#tokens, this.#tokensPeak);
    this.#refusedPeak = Math.max(this.#refused, this.#refusedPeak);
    const isNext = minute === this.#minute + 1;
    this.#requestsBefore = isNext ? this.#requests : 0;
    this.#tokensBefore = isNext ? this.#tokens : 0;
    this.#refusedBefore = isNext ? this.#refused : 0;
    this.#requests = this.#tokens = this.#refused = 0;
    this.#minute = minute;
  }
}
