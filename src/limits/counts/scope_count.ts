import type { DailyLimit } from "../../core/time/daily_reset.ts";
import type { CallerLimits, LimitName, LimitScope, LimitShortage, RequestCost } from "../limit_policy.ts";
import { BudgetCount, type BudgetShare, type SavedBudget } from "./budget_count.ts";
import { DayCount, type SavedDay } from "./day_count.ts";
import { MinuteCount, type SavedMinute } from "./minute_count.ts";

/** The limits, in the order in which they are asked. */
const ASKED: readonly LimitName[] = [
  "concurrency",
  "requestsPerMinute",
  "tokensPerMinute",
  "bytesPerMinute",
  "requestsPerDay",
  "tokensPerDay",
  "budget",
];

/** When to look again after a refusal for concurrency: nobody knows when a request ends. In milliseconds. */
export const CONCURRENCY_WAIT_MS = 1_000;

/** Now, by both clocks, in milliseconds. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** What one request took of a {@link ScopeCount}; parts and ends are where it is counted. */
export interface ScopeShare {
  readonly scope: LimitScope;
  readonly count: ScopeCount;
  readonly tokens: { readonly taken: number; readonly part: number } | undefined;
  readonly bytes: { readonly taken: number; readonly part: number } | undefined;
  readonly dayTokens: { readonly taken: number; readonly endMs: number } | undefined;
  readonly budget: BudgetShare | undefined;
}

/** A {@link ScopeCount} as it is kept; times are the wall clock's. */
export interface SavedScope {
  readonly requests?: SavedMinute | undefined;
  readonly tokens?: SavedMinute | undefined;
  readonly bytes?: SavedMinute | undefined;
  readonly dayRequests?: SavedDay | undefined;
  readonly dayTokens?: SavedDay | undefined;
  readonly budget?: SavedBudget | undefined;
}

/** How full a limit is. */
export interface LimitStanding {
  readonly limit: LimitName;
  readonly max: number;
  /** Reserved amounts and debts included; may be more than `max`. */
  readonly used: number;
  /** Monotonic time at which nothing counts any more if nothing is added. */
  readonly wholeMs: number;
}

/**
 * All counts of one scope. The limits are asked for with every call, since a reload may change them while the counts
 * stay; counts are made when a limit first wants them.
 */
export class ScopeCount {
  /** Whether it changed since it was last handed to the store. */
  isDirty = false;
  #inFlight = 0;
  /** Shares of which nobody has told yet what they came to; some are told long after their request's end. */
  #unsettled = 0;
  #requests: MinuteCount | undefined;
  #tokens: MinuteCount | undefined;
  #bytes: MinuteCount | undefined;
  #dayRequests: DayCount | undefined;
  #dayTokens: DayCount | undefined;
  #budget: BudgetCount | undefined;

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The limit that keeps the request waiting longest; undefined when it fits. Asked for every request: it makes nothing but its answer. */
  shortage(scope: LimitScope, cost: RequestCost, now: Moment): LimitShortage | undefined {
    const { limits } = scope;
    const { monotonicMs: nowMs } = now;
    let limit: LimitName | undefined;
    let untilMs = nowMs;
    for (const name of ASKED) {
      const atMs = limits[name] === undefined ? nowMs : this.#fitsAtMs(name, limits, cost, now);
      if (atMs <= untilMs) continue;
      untilMs = atMs;
      limit = name;
    }
    if (limit === undefined) return undefined;
    const isUnpriced = limit === "budget" && cost.usdMicros === undefined;
    return { scope, limit, untilMs, ...(isUnpriced ? { isUnpriced } : {}) };
  }

  /** When the request fits under one of the limits, if nobody comes first. */
  #fitsAtMs(
    name: LimitName,
    limits: CallerLimits,
    cost: RequestCost,
    { monotonicMs: nowMs, wallMs }: Moment,
  ) {
    switch (name) {
      case "concurrency":
        return this.#inFlight < (limits.concurrency ?? Infinity) ? nowMs : nowMs + CONCURRENCY_WAIT_MS;
      case "requestsPerMinute":
        return this.#requests?.fitsAtMs(1, limits.requestsPerMinute ?? 0, nowMs) ?? nowMs;
      case "tokensPerMinute":
        return this.#tokens?.fitsAtMs(cost.tokens, limits.tokensPerMinute ?? 0, nowMs) ?? nowMs;
      case "bytesPerMinute":
        return this.#bytes?.fitsAtMs(cost.bytes, limits.bytesPerMinute ?? 0, nowMs) ?? nowMs;
      case "requestsPerDay":
        return nowMs + dayWaitMs(this.#dayRequests, 1, limits.requestsPerDay, wallMs);
      case "tokensPerDay":
        return nowMs + dayWaitMs(this.#dayTokens, cost.tokens, limits.tokensPerDay, wallMs);
      case "budget": {
        const { budget } = limits;
        if (budget === undefined) return nowMs;
        if (cost.usdMicros === undefined) return Infinity;
        this.#budget ??= new BudgetCount();
        // In this order: a wall clock is too large for its sum with fractions of milliseconds to be exact.
        return nowMs + (this.#budget.fitsAtMs(cost.usdMicros, budget, wallMs) - wallMs);
      }
    }
  }

  /** Counts a request that fits. */
  take(scope: LimitScope, cost: RequestCost, { monotonicMs: nowMs, wallMs }: Moment): ScopeShare {
    const { requestsPerMinute, tokensPerMinute, bytesPerMinute, requestsPerDay, tokensPerDay, budget } =
      scope.limits;
    this.#inFlight++;
    this.#unsettled++;
    if (requestsPerMinute !== undefined) {
      (this.#requests ??= new MinuteCount()).take(1, requestsPerMinute, nowMs);
    }
    if (requestsPerDay !== undefined) (this.#dayRequests ??= new DayCount()).take(1, requestsPerDay, wallMs);
    return {
      scope,
      count: this,
      tokens: tokensPerMinute === undefined
        ? undefined
        : minuteShare(this.#tokens ??= new MinuteCount(), cost.tokens, tokensPerMinute, nowMs),
      bytes: bytesPerMinute === undefined
        ? undefined
        : minuteShare(this.#bytes ??= new MinuteCount(), cost.bytes, bytesPerMinute, nowMs),
      dayTokens: tokensPerDay && {
        taken: cost.tokens,
        endMs: (this.#dayTokens ??= new DayCount()).take(cost.tokens, tokensPerDay, wallMs),
      },
      budget: budget && (this.#budget ??= new BudgetCount()).take(cost.usdMicros ?? 0, budget, wallMs),
    };
  }

  /** The request is over. */
  end(): void {
    this.#inFlight--;
  }

  /** What the request's tokens and its millionths of a dollar really were; undefined: as they were taken. To be called once for each share. */
  settle(share: ScopeShare, usedTokens: number | undefined, usdMicros: number | undefined): void {
    const { tokens, dayTokens, budget, scope: { limits: { tokensPerDay } } } = share;
    this.#unsettled--;
    if (usedTokens !== undefined) {
      if (tokens !== undefined) this.#tokens?.settle(tokens.part, tokens.taken, usedTokens);
      if (dayTokens !== undefined && tokensPerDay !== undefined) {
        this.#dayTokens?.settle(dayTokens.endMs, dayTokens.taken, usedTokens, tokensPerDay);
      }
    }
    // Of a price that stays unknown too: what is only reserved is told to come back, and outlives a reset.
    if (budget !== undefined) this.#budget?.settle(budget, usdMicros ?? budget.usdMicros);
  }

  /** How many bytes really went by. */
  settleBytes({ bytes }: ScopeShare, used: number): void {
    if (bytes !== undefined) this.#bytes?.settle(bytes.part, bytes.taken, used);
  }

  /** Money spent is forgotten. */
  resetBudget({ budget }: CallerLimits, { wallMs }: Moment): void {
    if (budget !== undefined) this.#budget?.reset(budget, wallMs);
  }

  /** How full each of the limits is. */
  standings(limits: CallerLimits, { monotonicMs: nowMs, wallMs }: Moment): LimitStanding[] {
    const found: LimitStanding[] = [];
    const minutes = [
      ["requestsPerMinute", this.#requests],
      ["tokensPerMinute", this.#tokens],
      ["bytesPerMinute", this.#bytes],
    ] as const;
    for (const [limit, count] of minutes) {
      const max = limits[limit];
      if (max === undefined) continue;
      const used = count?.used(max, nowMs) ?? 0;
      found.push({ limit, max, used, wholeMs: count?.emptyAtMs(max, nowMs) ?? nowMs });
    }
    const days = [["requestsPerDay", this.#dayRequests], ["tokensPerDay", this.#dayTokens]] as const;
    for (const [limit, count] of days) {
      const day = limits[limit];
      if (day === undefined) continue;
      const used = count?.used(day, wallMs) ?? 0;
      const wholeMs = count === undefined || used === 0 ? nowMs : nowMs + (count.endMs - wallMs);
      found.push({ limit, max: day.max, used, wholeMs });
    }
    const { concurrency, budget } = limits;
    if (concurrency !== undefined) {
      found.push({ limit: "concurrency", max: concurrency, used: this.#inFlight, wholeMs: nowMs });
    }
    if (budget !== undefined) {
      const used = this.#budget?.used(budget, wallMs) ?? 0;
      found.push({ limit: "budget", max: budget.usdMicros, used, wholeMs: nowMs });
    }
    return found;
  }

  /** Lets go of minutes in which nothing counts; true where nothing is left, so that forgetting all of it changes nothing. */
  shrink({ monotonicMs: nowMs, wallMs }: Moment): boolean {
    // Forgotten now, it would be made again, and what is told later would be counted and kept apart from it.
    if (this.#inFlight > 0 || this.#unsettled > 0) return false;
    if (this.#requests?.isEmpty(nowMs)) this.#requests = undefined;
    if (this.#tokens?.isEmpty(nowMs)) this.#tokens = undefined;
    if (this.#bytes?.isEmpty(nowMs)) this.#bytes = undefined;
    if (this.#requests ?? this.#tokens ?? this.#bytes) return false;
    const others = [this.#dayRequests, this.#dayTokens, this.#budget];
    return others.every((count) => count === undefined || count.isEmpty(wallMs));
  }

  /** As it is to be kept. */
  saved({ monotonicMs: nowMs, wallMs }: Moment): SavedScope {
    const offsetMs = wallMs - nowMs;
    return {
      requests: this.#requests?.saved(nowMs, offsetMs),
      tokens: this.#tokens?.saved(nowMs, offsetMs),
      bytes: this.#bytes?.saved(nowMs, offsetMs),
      dayRequests: this.#dayRequests?.saved(),
      dayTokens: this.#dayTokens?.saved(),
      budget: this.#budget?.saved(wallMs),
    };
  }

  /** Takes in what was kept; to be called before the first request. */
  restore(saved: SavedScope, { monotonicMs, wallMs }: Moment): void {
    const offsetMs = wallMs - monotonicMs;
    if (saved.requests) (this.#requests = new MinuteCount()).restore(saved.requests, offsetMs);
    if (saved.tokens) (this.#tokens = new MinuteCount()).restore(saved.tokens, offsetMs);
    if (saved.bytes) (this.#bytes = new MinuteCount()).restore(saved.bytes, offsetMs);
    if (saved.dayRequests) (this.#dayRequests = new DayCount()).restore(saved.dayRequests);
    if (saved.dayTokens) (this.#dayTokens = new DayCount()).restore(saved.dayTokens);
    if (saved.budget) (this.#budget = new BudgetCount()).restore(saved.budget);
  }
}

/** How long a request must wait for another day, in milliseconds; one larger than the whole limit gets a day of its own. */
function dayWaitMs(
  count: DayCount | undefined,
  amount: number,
  limit: DailyLimit | undefined,
  wallMs: number,
): number {
  if (count === undefined || limit === undefined) return 0;
  const used = count.used(limit, wallMs);
  return used > 0 && used + amount > limit.max ? count.endMs - wallMs : 0;
}

function minuteShare(count: MinuteCount, amount: number, max: number, nowMs: number) {
  return { taken: Math.min(amount, max), part: count.take(amount, max, nowMs) };
}
