import type { AffinityTable } from "../../balancing/affinity.ts";
import { termsOf } from "../../balancing/affinity_policy.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { Observer } from "../../core/observe.ts";
import type { AttemptsResult } from "../../upstream/attempts.ts";
import type { AttemptsAffinity } from "../../upstream/attempts_request.ts";
import type { RoutePlan } from "../routing/route_table.ts";
import type { AffinityKeys, AffinityTraits } from "./affinity_keys.ts";

/** What {@link RequestAffinity} works with. */
export interface AffinityRoom {
  readonly affinity: AffinityTable;
  readonly affinityKeys: AffinityKeys;
  readonly observer: Observer;
}

/** One request among those it belongs with. */
export interface AffinityRequest extends AffinityTraits {
  readonly plan: Pick<RoutePlan, "name" | "tiers">;
  readonly tenant: string;
}

/** Where the requests went that this one belongs with: found, remembered and measured, tier by tier. */
export class RequestAffinity implements AttemptsAffinity {
  readonly #room: AffinityRoom;
  readonly #request: AffinityRequest;
  readonly isFirm = false;
  readonly #chains = new Map<Tier, readonly number[]>();
  #wanted: string | undefined;

  constructor(room: AffinityRoom, request: AffinityRequest) {
    this.#room = room;
    this.#request = request;
  }

  find(tier: Tier): string | undefined {
    if (tier.affinity === undefined) return undefined;
    const found = this.#room.affinity.find(this.#chainOf(tier), termsOf(tier.affinity));
    this.#wanted ??= found;
    return found;
  }

  assign(tier: Tier, endpointId: string, isOverflow: boolean): void {
    if (tier.affinity === undefined) return;
    const chain = this.#chainOf(tier);
    // Overflow moves nobody: what comes next finds its own endpoint again. But the rest of this very conversation
    // goes where its latest turn is in a cache.
    const told = isOverflow ? chain.slice(1).slice(-1) : chain;
    this.#room.affinity.assign(told, endpointId, termsOf(tier.affinity));
  }

  /** By what the tier's affinity goes by; by the caller where that says nothing of the request. */
  hashKey(tier: Tier): string {
    const { tenant, clientAddress } = this.#request;
    const key = this.#chainOf(tier)[0];
    return key === undefined ? `${tenant}\0${clientAddress}` : String(key);
  }

  /**
   * Counts how it went, once the request is over: `kept` where the endpoint it belonged to served it, `crowded` where
   * that one had too much to do, `moved` where it could not serve at all, `new` where nothing was known. Requests
   * that belong to nothing are not counted.
   */
  measure({ candidate, why }: AttemptsResult): void {
    if (candidate === undefined || [...this.#chains.values()].every((chain) => chain.length === 0)) return;
    const { id, pool } = candidate.endpoint;
    const moved = why?.crowded === true ? "crowded" : "moved";
    const result = this.#wanted === undefined ? "new" : this.#wanted === id ? "kept" : moved;
    this.#room.observer.count("affinity", { pool, result });
  }

  #chainOf(tier: Tier): readonly number[] {
    let chain = this.#chains.get(tier);
    if (chain === undefined) {
      const { plan, tenant, facts } = this.#request;
      const scope = `${plan.name}#${plan.tiers.indexOf(tier)}`;
      const owner = { scope, tenant, model: facts.model };
      chain = tier.affinity === undefined
        ? []
        : this.#room.affinityKeys.chainOf(tier.affinity, owner, this.#request);
      this.#chains.set(tier, chain);
    }
    return chain;
  }
}
