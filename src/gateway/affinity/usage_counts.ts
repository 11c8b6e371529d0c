import type { Usage } from "../../core/answer.ts";
import type { Observer } from "../../core/observe.ts";

/**
 * Counts what a vendor reports of an answer's input: `input_tokens` and, of these, `cached_input_tokens`, by pool.
 * Their quotient is what affinity is worth.
 */
export function countUsage(usage: Usage, pool: string, observer: Observer): void {
  observer.count("input_tokens", { pool }, usage.inputTokens);
  observer.count("cached_input_tokens", { pool }, usage.cachedInputTokens ?? 0);
}
