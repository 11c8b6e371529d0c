import type { CallerLimits, LimitName, LimitScope, LimitShortage, RequestCost } from "../limit_policy.ts";
import { BudgetCount, type BudgetShare, type SavedBudget } from "./budget_count.ts";
import { DayCount, type SavedDay } from "./day_count.ts";
import { MinuteCount, type SavedMinute } from "./minute_count.ts";

/** When to look again after a refusal for concurrency: nobody knows when a request ends. In milliseconds. */
export const CONCURRENCY_WAIT_MS = 1_000;

/** Now, by both clocks, in milliseconds. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** What one request took of a {@link ScopeCount}: how much follows from its cost and the scope's limits, here is where it is counted. */
export interface ScopeShare {
  readonly scope: LimitScope;
  readonly count: ScopeCount;
  /** Parts of the minute. */
  readonly tokensPart: number;
  readonly bytesPart: number;
  /** {@link DayCount.take} */
  readonly day: number;
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
  /** Of its scope. */
  readonly name: string;
  /** Who remembers it; undefined when it is forgotten. */
  keeper: object | undefined;
  #inFlight = 0;
  /** Shares of which nobody has told yet what they came to; some are told long after their request's end. */
  #unsettled = 0;
  #requests: MinuteCount | undefined;
  #tokens: MinuteCount | undefined;
  #bytes: MinuteCount | undefined;
  #dayRequests: DayCount | undefined;
  #dayTokens: DayCount | undefined;
  #budget: BudgetCount | undefined;

  constructor(name: string, keeper?: object) {
    this.name = name;
    this.keeper = keeper;
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * What keeps the request waiting longest: `known`, or a limit of this scope; undefined when it fits. Asked for every
   * request: it makes nothing but its answer.
   */
  shortage(
    scope: LimitScope,
    { tokens, bytes, usdMicros }: RequestCost,
    { monotonicMs: nowMs, wallMs }: Moment,
    known?: LimitShortage,
  ): LimitShortage | undefined {
    const { concurrency, requestsPerMinute, tokensPerMinute, bytesPerMinute } = scope.limits;
    const { requestsPerDay, tokensPerDay, budget } = scope.limits;
    let short = known;
    if (concurrency !== undefined && this.#inFlight >= concurrency) {
      short = longer(short, scope, "concurrency", nowMs + CONCURRENCY_WAIT_MS);
    }
    if (requestsPerMinute !== undefined && this.#requests !== undefined) {
      const atMs = this.#requests.fitsAtMs(1, requestsPerMinute, nowMs);
      if (atMs > nowMs) short = longer(short, scope, "requestsPerMinute", atMs);
    }
    if (tokensPerMinute !== undefined && this.#tokens !== undefined) {
      const atMs = this.#tokens.fitsAtMs(tokens, tokensPerMinute, nowMs);
      if (atMs > nowMs) short = longer(short, scope, "tokensPerMinute", atMs);
    }
    if (bytesPerMinute !== undefined && this.#bytes !== undefined) {
      const atMs = this.#bytes.fitsAtMs(bytes, bytesPerMinute, nowMs);
      if (atMs > nowMs) short = longer(short, scope, "bytesPerMinute", atMs);
    }
    // Waits by the wall clock are added to the other: it is too large for its sum with fractions of milliseconds to be exact.
    if (requestsPerDay !== undefined && this.#dayRequests !== undefined) {
      const waitMs = this.#dayRequests.waitMs(1, requestsPerDay, wallMs);
      if (waitMs > 0) short = longer(short, scope, "requestsPerDay", nowMs + waitMs);
    }
    if (tokensPerDay !== undefined && this.#dayTokens !== undefined) {
      const waitMs = this.#dayTokens.waitMs(tokens, tokensPerDay, wallMs);
      if (waitMs > 0) short = longer(short, scope, "tokensPerDay", nowMs + waitMs);
    }
    if (budget !== undefined) {
      const count = this.#budget ??= new BudgetCount();
      const waitMs = usdMicros === undefined ? Infinity : count.fitsAtMs(usdMicros, budget, wallMs) - wallMs;
      if (waitMs > 0) short = longer(short, scope, "budget", nowMs + waitMs, usdMicros === undefined);
    }
    return short;
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
      tokensPart: tokensPerMinute === undefined
        ? 0
        : (this.#tokens ??= new MinuteCount()).take(cost.tokens, tokensPerMinute, nowMs),
      bytesPart: bytesPerMinute === undefined
        ? 0
        : (this.#bytes ??= new MinuteCount()).take(cost.bytes, bytesPerMinute, nowMs),
      day: tokensPerDay === undefined
        ? 0
        : (this.#dayTokens ??= new DayCount()).take(cost.tokens, tokensPerDay, wallMs),
      budget: budget && (this.#budget ??= new BudgetCount()).take(cost.usdMicros ?? 0, budget, wallMs),
    };
  }

  /** The request is over. */
  end(): void {
    this.#inFlight--;
  }

  /**
   * What the request's tokens and its millionths of a dollar really were; undefined: as they were taken. To be called
   * once for each share, with the cost that it was taken for.
   */
  settle(
    share: ScopeShare,
    cost: RequestCost,
    usedTokens: number | undefined,
    usdMicros: number | undefined,
  ): void {
    const { tokensPerMinute, tokensPerDay } = share.scope.limits;
    this.#unsettled--;
    if (usedTokens !== undefined) {
      if (tokensPerMinute !== undefined) {
        this.#tokens?.settle(share.tokensPart, Math.min(cost.tokens, tokensPerMinute), usedTokens);
      }
      if (tokensPerDay !== undefined) {
        this.#dayTokens?.settle(share.day, cost.tokens, usedTokens, tokensPerDay);
      }
    }
    // Of a price that stays unknown too: what is only reserved is told to come back, and outlives a reset.
    if (share.budget !== undefined) this.#budget?.settle(share.budget, usdMicros ?? share.budget.usdMicros);
  }

  /** How many bytes really went by. */
  settleBytes({ scope, bytesPart }: ScopeShare, cost: RequestCost, used: number): void {
    const { bytesPerMinute } = scope.limits;
    if (bytesPerMinute === undefined) return;
    this.#bytes?.settle(bytesPart, Math.min(cost.bytes, bytesPerMinute), used);
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
      found.push({ limit, max, used, wholeMs: count?.wholeAtMs(max, nowMs) ?? nowMs });
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

  /** Lets go of counts in which nothing counts; true where nothing is left, so that forgetting all of it changes nothing. */
  shrink({ monotonicMs: nowMs, wallMs }: Moment): boolean {
    // Forgotten now, it would be made again, and what is told later would be counted and kept apart from it.
    if (this.#inFlight > 0 || this.#unsettled > 0) return false;
    if (this.#requests?.isEmpty(nowMs)) this.#requests = undefined;
    if (this.#tokens?.isEmpty(nowMs)) this.#tokens = undefined;
    if (this.#bytes?.isEmpty(nowMs)) this.#bytes = undefined;
    if (this.#dayRequests?.isEmpty(wallMs)) this.#dayRequests = undefined;
    if (this.#dayTokens?.isEmpty(wallMs)) this.#dayTokens = undefined;
    if (this.#budget?.isEmpty(wallMs)) this.#budget = undefined;
    const minutes = this.#requests ?? this.#tokens ?? this.#bytes;
    return (minutes ?? this.#dayRequests ?? this.#dayTokens ?? this.#budget) === undefined;
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

/** `known`, or the shortage of another limit where that lasts longer. */
function longer(
  known: LimitShortage | undefined,
  scope: LimitScope,
  limit: LimitName,
  untilMs: number,
  isUnpriced = false,
): LimitShortage {
  if (known !== undefined && known.untilMs >= untilMs) return known;
  return { scope, limit, untilMs, ...(isUnpriced ? { isUnpriced } : {}) };
}
