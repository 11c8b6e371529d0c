import type { Steps } from "../../../src/core/time/steps.ts";

/** Steps that lead to `value` with one rest on the way. */
export function* stepsTo<T>(value: T): Steps<T> {
  yield;
  return value;
}
