import type { RequestEstimate } from "../quota/quota_view.ts";
import type { Surroundings } from "./rotation.ts";

/** Longest that a finding stands, in milliseconds: limits may give room back earlier than they told. */
const MAX_AGE_MS = 250;

/** What was found when all of a tier were looked at and none could serve. */
export interface NobodyFound<Why> {
  readonly why: Why;
  /** What it was found for; absent: limits were not looked at. */
  readonly estimate: RequestEstimate | undefined;
  /** Monotonic time at which the first is back; `Infinity`: waiting helps none. */
  readonly soonestMs: number;
}

/**
 * That nobody is left to serve a model, so that not every request has to look at fifty thousand to find it out
 * again. It stands for a moment only, ends when anybody comes back, and holds for requests that need as much or more.
 */
export class NobodyLeft<Why> {
  #found: NobodyFound<Why> | undefined;
  #sinceMs = -Infinity;
  #reliefs: number | undefined;

  /** Notes it; not to be called where a request of its own accord left out some that could have served. */
  note(found: NobodyFound<Why>, { health, nowMs }: Surroundings): void {
    this.#found = found;
    this.#sinceMs = nowMs;
    this.#reliefs = health.reliefs;
  }

  /** What still holds for a request of that estimate. */
  holds(
    estimate: RequestEstimate | undefined,
    { health, nowMs }: Surroundings,
  ): NobodyFound<Why> | undefined {
    const found = this.#found;
    // Where nobody counts marks that were taken off early, none can be relied on.
    if (found === undefined || this.#reliefs === undefined) return undefined;
    if (health.reliefs !== this.#reliefs) return undefined;
    if (nowMs - this.#sinceMs > MAX_AGE_MS || nowMs >= found.soonestMs) return undefined;
    return needsAsMuch(estimate, found.estimate) ? found : undefined;
  }
}

function needsAsMuch(one: RequestEstimate | undefined, other: RequestEstimate | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.requests >= other.requests && one.inputTokens >= other.inputTokens &&
    one.outputTokens >= other.outputTokens;
}
