import type { Observer } from "../../core/observe.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { RetryBudgetPolicy, RetryBudgets } from "../retry_budget.ts";
import type { RetryRules } from "../retry_rules.ts";

/** What is looked at. */
export interface BurdenRoom {
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly shared: { readonly budgets: RetryBudgets };
}

/** A request that is about to be tried once more. */
export interface BurdenFacts {
  /** Pools that it was tried in already. */
  readonly pools: { has(pool: string): boolean };
  /** What its last attempt came to; undefined: there was none. */
  readonly last: Outcome | undefined;
  readonly rules: Pick<RetryRules, "costsWork">;
  readonly budgetFor: (pool: string) => RetryBudgetPolicy;
}

/** Whether `pool` can bear one more attempt of a request; the first in a pool and those that cost nothing are free. Counts the attempt. */
export function canBear(
  pool: string,
  { pools, last, rules, budgetFor }: BurdenFacts,
  { runtime, shared: { budgets }, observer }: BurdenRoom,
): boolean {
  const nowMs = runtime.monotonic();
  if (!pools.has(pool)) {
    budgets.began(pool, nowMs);
    return true;
  }
  if (last === undefined || !rules.costsWork(last)) return true;
  if (budgets.take(pool, budgetFor(pool), nowMs)) return true;
  observer.count("retries_over_budget", { pool });
  return false;
}
