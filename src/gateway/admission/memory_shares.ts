import type { CaptureBudget } from "../../recording/capture.ts";

/** What requests may hold where nobody says how much the machine allows. */
export const FALLBACK_MEMORY_BYTES = 1024 * 1024 * 1024;

/** The budgets of what requests hold. */
export interface MemoryBudgets {
  /** Request bodies, from the announcement of their length to the writing of their record. */
  readonly bodyBudget: CaptureBudget;
  /** Copies of answers for records not yet written. */
  readonly captureBudget: CaptureBudget;
  /** Answers that are held until they are whole. */
  readonly attempts: { readonly held: CaptureBudget };
}

/**
 * Shares `maxBytes` out: half to request bodies, a quarter to either of the others. Each has a share of its own, so
 * that none can starve another: long answers that are copied for records never make a request be refused.
 */
export function shareMemory(
  maxBytes: number | undefined = FALLBACK_MEMORY_BYTES,
  { bodyBudget, captureBudget, attempts }: MemoryBudgets,
): void {
  bodyBudget.limitBytes = maxBytes / 2;
  attempts.held.limitBytes = maxBytes / 4;
  captureBudget.limitBytes = maxBytes / 4;
}
