import { headerValue } from "../../../src/core/exchange.ts";
import type { SimulatedRequest } from "../vendors/simulated_request.ts";
import type { Vendor, VendorAnswer } from "../vendors/vendor.ts";
import type { Chance } from "../world/chance.ts";
import type { VirtualTime } from "../world/virtual_time.ts";

/** A key as gateways without knowledge of quotas see it. */
export interface PlainKey {
  readonly secret: string;
  inFlight: number;
  /** Until when the vendor asked to be left alone. */
  coolUntilMs: number;
  /** The vendor refused it: never used again. */
  refused: boolean;
}

/** Chooses one of the keys that may be used; there is at least one. */
export type PlainPicker = (eligible: readonly PlainKey[], chance: Chance) => PlainKey;

/** Attempts of one request: the first and three retries. */
const MAX_ATTEMPTS = 4;

/** Time on the wire, one way. */
const WIRE_MS = 5;

/**
 * What most gateways do, for comparison: a picker over keys, three retries elsewhere, `retry-after` obeyed for the
 * key that was told it, refused keys left out for good. It knows nothing of quotas.
 */
export class PlainGateway {
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #vendor: Vendor;
  readonly #keys: readonly PlainKey[];
  readonly #pick: PlainPicker;
  /** Calls that were made. */
  calls = 0;

  constructor(time: VirtualTime, chance: Chance, vendor: Vendor, pick: PlainPicker) {
    this.#time = time;
    this.#chance = chance;
    this.#vendor = vendor;
    this.#pick = pick;
    this.#keys = [...vendor.keys.keys()].map((secret) => ({
      secret,
      inFlight: 0,
      coolUntilMs: 0,
      refused: false,
    }));
  }

  /** Resolves to whether the client got its answer. */
  async ask(request: SimulatedRequest): Promise<boolean> {
    const tried = new Set<PlainKey>();
    while (tried.size < MAX_ATTEMPTS) {
      const { nowMs } = this.#time;
      const eligible = this.#keys.filter((key) =>
        !key.refused && key.coolUntilMs <= nowMs && !tried.has(key)
      );
      if (eligible.length === 0) return false;
      const key = this.#pick(eligible, this.#chance);
      tried.add(key);
      const { status, headers } = await this.#call(key, request);
      if (status === 200) return true;
      if (status === 401) key.refused = true;
      const seconds = Number(headerValue(headers, "retry-after") ?? 0);
      key.coolUntilMs = Math.max(key.coolUntilMs, this.#time.nowMs + seconds * 1000);
    }
    return false;
  }

  #call(key: PlainKey, request: SimulatedRequest): Promise<VendorAnswer> {
    this.calls++;
    key.inFlight++;
    return new Promise((resolve) => {
      this.#time.after(WIRE_MS, () => {
        const answer = this.#vendor.serve(key.secret, request, this.#time.nowMs);
        this.#time.after(WIRE_MS + answer.lastMs, () => {
          key.inFlight--;
          resolve(answer);
        });
      });
    });
  }
}
