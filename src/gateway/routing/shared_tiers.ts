import type { Surroundings } from "../../balancing/index/rotation.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { TargetConfig } from "../../config/config.ts";
import type { Steps } from "../../core/time/steps.ts";
import { remembered, type TierPart } from "./plan_parts.ts";

/** Tiers that all models of the same pools share: one rotation, and one list of 50,000 keys. */
export class SharedTiers {
  readonly #tiers = new Map<string, { readonly targets: readonly TargetConfig[]; readonly tier: Tier }>();

  /** The tier of these targets; `make` makes it when it is asked for first. */
  of(targets: readonly TargetConfig[], make: (targets: readonly TargetConfig[]) => Tier): Tier {
    const signature = targets.map((target) => `${target.pool}*${target.weight}`).join("\0");
    let shared = this.#tiers.get(signature);
    if (shared === undefined) this.#tiers.set(signature, shared = { targets, tier: make(targets) });
    return shared.tier;
  }

  /**
   * Takes over, rotations and all, the tiers of `before` whose pools are what they were; `partsOf`: what a pool brings into
   * tiers, before and now.
   */
  takeOver(before: SharedTiers, partsOf: (pool: string) => readonly [TierPart, TierPart]): void {
    const isSame = remembered((pool) => {
      const [then, now] = partsOf(pool);
      return then.endpoints !== undefined && then.endpoints === now.endpoints &&
        then.settings === now.settings;
    });
    for (const [signature, shared] of before.#tiers) {
      if (shared.targets.every(({ pool }) => isSame(pool))) this.#tiers.set(signature, shared);
    }
  }

  /** Makes ready, in steps, what requests have used of `before`, less what has pools that `has` does not know. */
  *warm(
    before: SharedTiers,
    { has, make, surroundings }: {
      readonly has: (pool: string) => boolean;
      readonly make: (targets: readonly TargetConfig[]) => Tier;
      readonly surroundings: Surroundings;
    },
  ): Steps<void> {
    for (const { targets, tier } of before.#tiers.values()) {
      if (!targets.every(({ pool }) => has(pool))) continue;
      const { index } = this.of(targets, make);
      yield;
      yield* index.warm(tier.index, surroundings);
    }
  }
}

/** The same for the tiers of plans of one name. */
export function* warmPlans(
  plans: ReadonlyMap<string, { readonly tiers: readonly Tier[] }>,
  before: ReadonlyMap<string, { readonly tiers: readonly Tier[] }>,
  surroundings: Surroundings,
): Steps<void> {
  for (const [name, { tiers }] of plans) {
    const known = before.get(name);
    for (const [at, { index }] of tiers.entries()) {
      const then = known?.tiers[at]?.index;
      if (then !== undefined) yield* index.warm(then, surroundings);
    }
  }
}
