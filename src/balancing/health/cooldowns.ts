import type { Outcome } from "../../core/outcome.ts";
import type { Endpoint } from "../endpoint.ts";
import { MIN_COOLDOWN_MS } from "./limits.ts";
import type { Marker } from "./marker.ts";

/** Begins and lengthens cooldowns. */
export class Cooldowns {
  readonly #marker: Marker;

  constructor(marker: Marker) {
    this.#marker = marker;
  }

  /** The scope rests for `ms` from now, or as long as it was to rest anyway; `at` is where it was learnt. */
  begin(scope: string, outcome: Outcome, ms: number, at: Endpoint): void {
    const endMs = this.#marker.nowMs + ms;
    const refused = outcome.class === "not_permitted" || outcome.class === "model_missing";
    this.#marker.mark(
      { scope, state: "cooldown", reason: outcome.reason, endMs, ...(refused ? { refused } : {}) },
      outcome.class,
      at,
    );
  }

  /** Length of a cooldown nobody told us: grows with each one since the last success; a burst during one is one. */
  grownMs(scope: string, firstMs: number, capMs: number): number {
    const known = this.#marker.scopes.open(scope);
    const stands = known.cooldown !== undefined && this.#marker.nowMs < known.cooldown.endMs;
    if (!stands || known.cooldownSteps === 0) known.cooldownSteps++;
    return Math.min(capMs, firstMs * 2 ** (known.cooldownSteps - 1));
  }
}

/** How long the upstream told us to stay away, within bounds; undefined when it did not say. */
export function toldMs({ cooldownMs }: Outcome, capMs: number): number | undefined {
  if (cooldownMs === undefined || Number.isNaN(cooldownMs)) return undefined;
  return Math.min(capMs, Math.max(MIN_COOLDOWN_MS, cooldownMs));
}
