import { SlidingWindow, type WindowPart } from "../../core/time/sliding_window.ts";
import type { BudgetLimit, BudgetPeriod } from "../limit_policy.ts";
import { periodEndMs } from "./period_end.ts";

/** A {@link BudgetCount} as it is kept; amounts are whole millionths of a dollar. */
export interface SavedBudget {
  /** Which kind of period it was counted by: another one begins anew, `total` goes on. */
  readonly period: string;
  readonly spent: number;
  /** Wall clock; null: it never ends. */
  readonly endMs: number | null;
  readonly parts: readonly WindowPart[];
}

/** What one request took of a budget. */
export interface BudgetShare {
  readonly usdMicros: number;
  /** The period it was taken in. */
  readonly epoch: number;
  /** The part of a rolling period it was taken in. */
  readonly part: number;
}

/**
 * Money spent and reserved within the current period of a budget, in whole millionths of a dollar. What a request
 * really cost counts in full, also where that is more than was left. A request belongs to the period it began in.
 */
export class BudgetCount {
  #period = "";
  /** The policy that was followed last: the same one has the same name. */
  #followed: BudgetPeriod | undefined;
  /** Grows with every new period. */
  #epoch = 0;
  #spent = 0;
  #reserved = 0;
  #endMs = Infinity;
  #window: SlidingWindow | undefined;

  /** What counts now, reserved money included. */
  used(limit: BudgetLimit, wallMs: number): number {
    this.#follow(limit, wallMs);
    return this.#spentNow(wallMs) + this.#reserved;
  }

  /** What is only reserved, by requests under way. */
  get reserved(): number {
    return this.#reserved;
  }

  /** When `usdMicros` may fit, on the wall clock: `wallMs` when it does now, Infinity where waiting does not help. */
  fitsAtMs(usdMicros: number, limit: BudgetLimit, wallMs: number): number {
    if (this.used(limit, wallMs) + usdMicros <= limit.usdMicros) return wallMs;
    if (usdMicros > limit.usdMicros) return Infinity;
    // What is only reserved may come back at any moment.
    if (this.#spentNow(wallMs) + usdMicros <= limit.usdMicros) return wallMs + 1_000;
    return this.#window?.fitsAtMs(usdMicros, limit.usdMicros, wallMs) ?? this.#endMs;
  }

  /** Reserves money. */
  take(usdMicros: number, limit: BudgetLimit, wallMs: number): BudgetShare {
    this.#follow(limit, wallMs);
    this.#reserved += usdMicros;
    const part = this.#window?.add(0, wallMs) ?? 0;
    return { usdMicros, epoch: this.#epoch, part };
  }

  /** The request cost `usedMicros`. */
  settle({ usdMicros, epoch, part }: BudgetShare, usedMicros: number): void {
    if (epoch !== this.#epoch) return;
    this.#reserved = Math.max(0, this.#reserved - usdMicros);
    if (this.#window === undefined) this.#spent += usedMicros;
    else this.#window.adjust(part, usedMicros);
  }

  /** Everything spent is forgotten; what requests under way have reserved stays reserved, and what they cost will count. */
  reset(limit: BudgetLimit, wallMs: number): void {
    this.#follow(limit, wallMs);
    this.#spent = 0;
    this.#window?.empty();
  }

  /** Whether nothing is spent or reserved. */
  isEmpty(wallMs: number): boolean {
    return this.#reserved === 0 && (wallMs >= this.#endMs || this.#spentNow(wallMs) === 0);
  }

  /** As it is to be kept: what is reserved counts as spent, for nobody will settle it after a restart. */
  saved(wallMs: number): SavedBudget {
    const parts = this.#window?.parts(wallMs) ?? [];
    const withReserved = this.#window === undefined || this.#reserved === 0
      ? parts
      : [...parts, [wallMs, this.#reserved] as const];
    return {
      period: this.#period,
      spent: this.#window === undefined ? this.#spent + this.#reserved : 0,
      endMs: this.#endMs === Infinity ? null : this.#endMs,
      parts: withReserved,
    };
  }

  /** Takes in what was kept; to be called before anything is taken. */
  restore({ period, spent, endMs, parts }: SavedBudget): void {
    this.#period = period;
    this.#spent = spent;
    this.#endMs = endMs ?? Infinity;
    const spanMs = Number(/^rolling (\d+)$/.exec(period)?.[1] ?? 0);
    if (spanMs <= 0) return;
    this.#window = new SlidingWindow(spanMs);
    for (const [startMs, amount] of parts) this.#window.add(amount, startMs);
  }

  /** Begins the period that holds `wallMs`, where it is another one. */
  #follow({ period }: BudgetLimit, wallMs: number): void {
    if (period === this.#followed && wallMs < this.#endMs) return;
    this.#followed = period;
    const name = nameOf(period);
    if (name === this.#period && wallMs < this.#endMs) return;
    this.#epoch++;
    this.#period = name;
    this.#spent = 0;
    this.#reserved = 0;
    this.#window = period.kind === "rolling" ? new SlidingWindow(period.spanMs) : undefined;
    this.#endMs = period.kind === "day" || period.kind === "month"
      ? periodEndMs({ kind: period.kind, zone: period.zone, resetMinute: 0 }, wallMs)
      : Infinity;
  }

  #spentNow(wallMs: number): number {
    return this.#window?.sum(wallMs) ?? this.#spent;
  }
}

function nameOf(period: BudgetPeriod): string {
  switch (period.kind) {
    case "total":
      return "total";
    case "rolling":
      return `rolling ${period.spanMs}`;
    default:
      return `${period.kind} ${period.zone}`;
  }
}
