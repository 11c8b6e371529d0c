/** What asking a {@link RateLimit} came to. */
export interface RateLimitState {
  readonly allowed: boolean;
  readonly limit: number;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Until the limit is whole again, in milliseconds. */
  readonly resetMs: number;
  /** Until the next request may come, in milliseconds; 0 when it may at once. */
  readonly retryAfterMs: number;
}

/** Most credentials told apart; beyond, the one that began first is forgotten. */
const MAX_ACCOUNTS = 1000;
const MINUTE_MS = 60_000;

interface Bucket {
  level: number;
  atMs: number;
}

/** A request limit as OpenAI keeps it: a bucket for each credential that refills evenly over the minute. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes one request of `account` at `nowMs` (milliseconds that only grow), if there is one. */
  take(account: string, nowMs: number): RateLimitState {
    const bucket = this.#bucketOf(account, nowMs);
    const msPerRequest = MINUTE_MS / this.#perMinute;
    bucket.level = Math.min(this.#perMinute, bucket.level + (nowMs - bucket.atMs) / msPerRequest);
    bucket.atMs = nowMs;
    const allowed = bucket.level >= 1;
    if (allowed) bucket.level--;
    return {
      allowed,
      limit: this.#perMinute,
      remaining: Math.floor(bucket.level),
      resetMs: Math.ceil((this.#perMinute - bucket.level) * msPerRequest),
      retryAfterMs: Math.max(0, Math.ceil((1 - bucket.level) * msPerRequest)),
    };
  }

  #bucketOf(account: string, nowMs: number): Bucket {
    let bucket = this.#buckets.get(account);
    if (bucket === undefined) {
      for (const oldest of this.#buckets.keys()) {
        if (this.#buckets.size < MAX_ACCOUNTS) break;
        this.#buckets.delete(oldest);
      }
      bucket = { level: this.#perMinute, atMs: nowMs };
      this.#buckets.set(account, bucket);
    }
    return bucket;
  }
}

/** OpenAI's header fields for a state; the reset is a Go duration such as `6m0s`, `1.5s` or `20ms`. */
export function rateLimitHeaders(state: RateLimitState): Record<string, string> {
  const headers: Record<string, string> = {
    "x-ratelimit-limit-requests": String(state.limit),
    "x-ratelimit-remaining-requests": String(state.remaining),
    "x-ratelimit-reset-requests": goDuration(state.resetMs),
  };
  if (!state.allowed) {
    headers["retry-after"] = String(Math.ceil(state.retryAfterMs / 1000));
    headers["retry-after-ms"] = String(state.retryAfterMs);
  }
  return headers;
}

/** Milliseconds as a Go duration, the way OpenAI writes resets and waits. */
export function goDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.ceil(durationMs)}ms`;
  const minutes = Math.floor(durationMs / MINUTE_MS);
  const seconds = `${Math.round(durationMs - minutes * MINUTE_MS) / 1000}s`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
