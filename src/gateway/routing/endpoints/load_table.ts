import type { Endpoint } from "../../../balancing/endpoint.ts";
import { EndpointLoad } from "../../../balancing/endpoint_load.ts";
import type { Steps } from "../../../core/time/steps.ts";

/** Endpoints looked at between two steps: far less than a millisecond. */
const ENDPOINTS_A_STEP = 256;

/** The endpoints of a generation in lists, by pool. */
export type EndpointLists = ReadonlyMap<string, { readonly list: readonly Endpoint[] }>;

/** What is measured of endpoints, by id; outlives every generation. */
export class LoadTable {
  readonly #loads = new Map<string, EndpointLoad>();
  /** The lists that were retained last, and ids that may have to go: of what left the lists, and of what was made since. */
  #lists: EndpointLists = new Map();
  readonly #unsure = new Set<string>();

  /** The load of that endpoint, begun at nothing when it is new: at `newAtMs` (monotonic) where a gateway runs already. */
  of(endpointId: string, newAtMs: number | undefined): EndpointLoad {
    let load = this.#loads.get(endpointId);
    if (load === undefined) {
      load = new EndpointLoad(newAtMs);
      this.#loads.set(endpointId, load);
      this.#unsure.add(endpointId);
    }
    return load;
  }

  /** Whether that is the endpoint's load still. */
  has(endpointId: string, load: EndpointLoad): boolean {
    return this.#loads.get(endpointId) === load;
  }

  /**
   * Forgets endpoints that are not among those in `lists`, which `keep` names, and that nothing uses: a config that changes
   * for ever must not grow memory. What stands where it stood, most of fifty thousand, is passed over.
   */
  *retain(lists: EndpointLists, keep: { has(endpointId: string): boolean }): Steps<void> {
    let steps = 0;
    for (const [pool, { list }] of this.#lists) {
      const now = lists.get(pool)?.list;
      if (now === list) continue;
      for (let at = 0; at < list.length; at++) {
        if (++steps % ENDPOINTS_A_STEP === 0) yield;
        const endpoint = list[at];
        if (endpoint !== undefined && endpoint !== now?.[at]) this.#unsure.add(endpoint.id);
      }
    }
    this.#lists = lists;
    for (const id of this.#unsure) {
      if (++steps % ENDPOINTS_A_STEP === 0) yield;
      const isKept = keep.has(id);
      if (!isKept && (this.#loads.get(id)?.inFlight ?? 0) > 0) continue;
      if (!isKept) this.#loads.delete(id);
      this.#unsure.delete(id);
    }
  }
}
