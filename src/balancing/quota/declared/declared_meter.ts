import type { Runtime } from "../../../core/runtime.ts";
import { nextResetMs } from "../../../core/time/daily_reset.ts";
import { SlidingWindow } from "../../../core/time/sliding_window.ts";
import type { TokensUsed } from "../quota_hold.ts";
import type { RequestEstimate, Shortage } from "../quota_view.ts";
import type { DeclaredLimits } from "./declared_limits.ts";

/** When to look again after a refusal for concurrency: nobody knows when a request ends. In milliseconds. */
const CONCURRENCY_WAIT_MS = 250;

/** A day's count as it outlives the process. */
export interface SavedDay {
  readonly count: number;
  /** Wall clock at which it begins anew. */
  readonly untilMs: number;
}

/** What one request took of a {@link DeclaredMeter}. */
export interface MeterShare {
  /** Seconds under which it is counted; undefined where nothing is. */
  readonly requestSecond: number | undefined;
  readonly tokenSecond: number | undefined;
  /** Monotonic end of the day it is counted in; undefined where no day is counted. */
  readonly dayEndMs: number | undefined;
}

/**
 * Counts what goes out under one declared scope and says when a request fits. The limits are asked for with every
 * call, since a reload may change them while the counts stay: within any 60 seconds, and within any day, never
 * more goes out than was declared at its time.
 */
export class DeclaredMeter {
  readonly #runtime: Runtime;
  #inFlight = 0;
  #requests: SlidingWindow | undefined;
  #tokens: SlidingWindow | undefined;
  #dayCount = 0;
  /** Both clocks' time of the day's end: the monotonic one is there for deciding, which knows no other. */
  #dayEndMs = -Infinity;
  #dayEndWallMs = -Infinity;

  constructor(runtime: Runtime, saved: SavedDay | undefined) {
    this.#runtime = runtime;
    if (saved === undefined) return;
    this.#dayCount = saved.count;
    this.#dayEndWallMs = saved.untilMs;
    this.#dayEndMs = runtime.monotonic() + saved.untilMs - runtime.now();
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Why and until when the request does not fit; undefined when it does. */
  shortage(limits: DeclaredLimits, estimate: RequestEstimate, nowMs: number): Shortage | undefined {
    const { requestsPerMinute, tokensPerMinute, requestsPerDay, concurrency } = limits;
    let untilMs = nowMs;
    if (requestsPerMinute !== undefined && this.#requests !== undefined) {
      untilMs = Math.max(untilMs, this.#requests.fitsAtMs(1, requestsPerMinute, nowMs));
    }
    if (tokensPerMinute !== undefined && this.#tokens !== undefined) {
      const tokens = estimate.inputTokens + estimate.outputTokens;
      untilMs = Math.max(untilMs, this.#tokens.fitsAtMs(tokens, tokensPerMinute, nowMs));
    }
    if (requestsPerDay !== undefined && this.#dayUsed(nowMs) >= requestsPerDay.max) {
      untilMs = Math.max(untilMs, this.#dayEndMs);
    }
    if (untilMs > nowMs) return { untilMs, reason: "declared" };
    return concurrency !== undefined && this.#inFlight >= concurrency
      ? { untilMs: nowMs + CONCURRENCY_WAIT_MS, reason: "concurrency" }
      : undefined;
  }

  /** Share (0 to 1) that is left of the tightest limit. */
  headroom(limits: DeclaredLimits, nowMs: number): number {
    const { requestsPerMinute, tokensPerMinute, requestsPerDay, concurrency } = limits;
    let least = 1;
    if (requestsPerMinute !== undefined && this.#requests !== undefined) {
      least = Math.min(least, 1 - this.#requests.sum(nowMs) / requestsPerMinute);
    }
    if (tokensPerMinute !== undefined && this.#tokens !== undefined) {
      least = Math.min(least, 1 - this.#tokens.sum(nowMs) / tokensPerMinute);
    }
    if (requestsPerDay !== undefined) least = Math.min(least, 1 - this.#dayUsed(nowMs) / requestsPerDay.max);
    if (concurrency !== undefined) least = Math.min(least, 1 - this.#inFlight / concurrency);
    return Math.max(0, least);
  }

  /** Each of the limits by its name, with what is left of it. */
  standings(limits: DeclaredLimits, nowMs: number): { name: string; limit: number; remaining: number }[] {
    const { requestsPerMinute, tokensPerMinute, requestsPerDay, concurrency } = limits;
    const standings = [
      ["requests", requestsPerMinute, this.#requests?.sum(nowMs) ?? 0] as const,
      ["tokens", tokensPerMinute, this.#tokens?.sum(nowMs) ?? 0] as const,
      ["requestsPerDay", requestsPerDay?.max, this.#dayUsed(nowMs)] as const,
      ["concurrency", concurrency, this.#inFlight] as const,
    ];
    return standings.flatMap(([name, limit, used]) =>
      limit === undefined ? [] : [{ name, limit, remaining: Math.floor(limit - used) }]
    );
  }

  /** Counts a request that goes out. */
  take(limits: DeclaredLimits, estimate: RequestEstimate, nowMs: number): MeterShare {
    this.#inFlight++;
    if (limits.requestsPerDay !== undefined) {
      const wallMs = this.#runtime.now();
      if (nowMs >= this.#dayEndMs || wallMs >= this.#dayEndWallMs) {
        this.#dayCount = 0;
        this.#dayEndWallMs = nextResetMs(limits.requestsPerDay, wallMs);
        this.#dayEndMs = nowMs + this.#dayEndWallMs - wallMs;
      }
      this.#dayCount++;
    }
    if (limits.requestsPerMinute !== undefined) this.#requests ??= new SlidingWindow();
    if (limits.tokensPerMinute !== undefined) this.#tokens ??= new SlidingWindow();
    return {
      requestSecond: this.#requests?.add(1, nowMs),
      tokenSecond: this.#tokens?.add(estimate.inputTokens + estimate.outputTokens, nowMs),
      dayEndMs: limits.requestsPerDay === undefined ? undefined : this.#dayEndMs,
    };
  }

  /** The request is over. */
  end(): void {
    this.#inFlight--;
  }

  /** What the request used beyond its estimate is counted all the same: a debt that those after it pay. */
  settle(share: MeterShare, estimate: RequestEstimate, used: TokensUsed): void {
    if (share.tokenSecond === undefined) return;
    const estimated = estimate.inputTokens + estimate.outputTokens;
    this.#tokens?.adjust(share.tokenSecond, used.inputTokens + used.outputTokens - estimated);
  }

  /** The request never reached the vendor: it counts no more. */
  giveBack(share: MeterShare, estimate: RequestEstimate): void {
    this.#inFlight--;
    if (share.requestSecond !== undefined) this.#requests?.adjust(share.requestSecond, -1);
    if (share.tokenSecond !== undefined) {
      this.#tokens?.adjust(share.tokenSecond, -estimate.inputTokens - estimate.outputTokens);
    }
    if (share.dayEndMs === this.#dayEndMs) this.#dayCount--;
  }

  /** The day's count as it is to be saved; undefined when there is none. */
  savedDay(): SavedDay | undefined {
    return this.#dayEndWallMs > this.#runtime.now()
      ? { count: this.#dayCount, untilMs: this.#dayEndWallMs }
      : undefined;
  }

  #dayUsed(nowMs: number): number {
    return nowMs < this.#dayEndMs ? this.#dayCount : 0;
  }
}
