import type { AnswerFacts } from "../../core/answer.ts";
import type { Observer } from "../../core/observe.ts";

/**
 * Counts what the vendor says of an answer's input: `input_tokens` and, of these, `cached_input_tokens`, by pool. Their
 * quotient is what affinity is worth. Gives back what it was given.
 */
export function countUsage<T extends AnswerFacts>(facts: T, pool: string | undefined, observer: Observer): T {
  const { usage } = facts;
  if (usage === undefined || pool === undefined) return facts;
  observer.count("input_tokens", { pool }, usage.inputTokens);
  observer.count("cached_input_tokens", { pool }, usage.cachedInputTokens ?? 0);
  return facts;
}
