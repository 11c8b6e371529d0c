/**
 * What is left of a time until its end, never below 0; Infinity where it has none. Milliseconds of one monotonic clock.
 *
 * Rounded to whole microseconds: `(t + 2000) - t` is a little more than 2000 for three `t` in a hundred, and a wait
 * that is told in whole seconds, rounded up, would be told a second longer; one of just a minute as too long to wait.
 */
export function remainingMs(endMs: number, nowMs: number): number {
  return Math.max(0, Math.round((endMs - nowMs) * 1000) / 1000);
}
