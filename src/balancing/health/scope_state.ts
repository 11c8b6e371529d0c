import { HEALTHY_STEP_MS } from "./limits.ts";
import { type Mark, MARK_STATES } from "./mark.ts";

/** All that is known of one scope: at most one mark of each state, and what happened in a row. */
export class ScopeState {
  disabled: Mark | undefined;
  invalid: Mark | undefined;
  cooldown: Mark | undefined;
  ejected: Mark | undefined;
  /** `key_invalid` since the last success. */
  refusedInRow = 0;
  /** `not_permitted` since the last success. */
  forbiddenInRow = 0;
  /** `broken` since the last success. */
  brokenInRow = 0;
  /** `unreachable` since the last success. */
  unreachableInRow = 0;
  /** Cooldowns of untold length since the last success; a burst of refusals during one cooldown is one. */
  cooldownSteps = 0;
  /** Ejections, less those that the healthy time before the last one took off. */
  ejections = 0;
  /** Monotonic time since which nothing ejected it; the end of its last ejection while that lasts. */
  healthySinceMs = 0;
  /** Until then (monotonic) it is not asked again whether it could be ejected: too few others were left. */
  keptUntilMs = 0;
  /** Wait before the next trial of an invalid key. */
  trialIntervalMs = 0;
  /** The trial under way, by identity. */
  trial: object | undefined;
  /** Trials of an ejected upstream in a row that refused their key. */
  refusedTrials = 0;

  /** The gravest mark that excludes at `nowMs`, or undefined. */
  standing(nowMs: number): Mark | undefined {
    // Spelled out: this runs for every candidate of every request.
    if (this.disabled !== undefined && nowMs < this.disabled.endMs) return this.disabled;
    if (this.invalid !== undefined && nowMs < this.invalid.endMs) return this.invalid;
    if (this.cooldown !== undefined && nowMs < this.cooldown.endMs) return this.cooldown;
    if (this.ejected !== undefined && nowMs < this.ejected.endMs) return this.ejected;
    return undefined;
  }

  /** Ejections that still count at `nowMs`: healthy time takes them off one by one. */
  ejectionsAt(nowMs: number): number {
    const healthyMs = Math.max(0, nowMs - this.healthySinceMs);
    return Math.max(0, this.ejections - Math.floor(healthyMs / HEALTHY_STEP_MS));
  }

  /** Forgets what happened in a row; marks stay. */
  resetCounts(): void {
    this.refusedInRow = 0;
    this.forbiddenInRow = 0;
    this.brokenInRow = 0;
    this.unreachableInRow = 0;
    this.cooldownSteps = 0;
    this.refusedTrials = 0;
  }

  /** Whether forgetting the scope would lose nothing: no counts, and no mark that stands or ended within `memoryMs`. */
  isSpent(nowMs: number, memoryMs: number): boolean {
    if (this.refusedInRow + this.forbiddenInRow + this.cooldownSteps > 0) return false;
    if (this.brokenInRow + this.unreachableInRow > 0) return false;
    if (this.invalid !== undefined || this.ejectionsAt(nowMs) > 0) return false;
    return MARK_STATES.every((state) => {
      const mark = this[state];
      return mark === undefined || nowMs >= mark.endMs + memoryMs;
    });
  }
}

/** The one that counts where two marks exclude: the graver state, and of two cooldowns the longer. */
export function graver(one: Mark | undefined, other: Mark | undefined): Mark | undefined {
  if (one === undefined) return other;
  if (other === undefined) return one;
  const difference = MARK_STATES.indexOf(one.state) - MARK_STATES.indexOf(other.state);
  if (difference !== 0) return difference < 0 ? one : other;
  return one.endMs >= other.endMs ? one : other;
}
