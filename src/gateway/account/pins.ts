import type { StoreKey } from "../../stores/store.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";

/** Where a stored object lives and whose it is. */
export interface Pin {
  readonly tenant: string;
  readonly endpoint: string;
}

/** Pins kept in memory; older ones are read from the store again when asked for. */
const MAX_PINS = 100_000;

/** How long a pin is kept after it was last used, in milliseconds: longer than any vendor keeps a stored response (30 days) and most files. */
const PIN_TTL_MS = 400 * 24 * 3_600_000;

/** Longest id that is pinned, in characters; vendors' are under 100. */
const MAX_ID_LENGTH = 200;

/**
 * Remembers which endpoint issued an id (file, batch, stored response) and for which tenant, so that a later
 * request finds the one account that has it, and nobody reaches another tenant's (`docs/design.md` §5, Grants).
 */
export class PinTable {
  readonly #pins = new Map<string, Pin>();
  readonly #state: WriteBehind;

  constructor(state: WriteBehind) {
    this.#state = state;
  }

  /** Pins an id at once, for `ttlMs` milliseconds over a restart; the first holder in memory keeps it: a vendor that repeats an id must not hand an object over. */
  pin(id: string, pin: Pin, ttlMs = PIN_TTL_MS): void {
    if (id === "" || id.length > MAX_ID_LENGTH || this.#pins.has(id)) return;
    this.#keep(id, pin);
    this.#state.set(keyOf(id), { tenant: pin.tenant, endpoint: pin.endpoint }, ttlMs);
  }

  /** The pin of an id, or undefined when nobody's is known; a store that fails knows none. */
  async find(id: string): Promise<Pin | undefined> {
    const kept = this.#pins.get(id);
    if (kept !== undefined || id.length > MAX_ID_LENGTH) return kept;
    try {
      const pin = readPin(await this.#state.store.get(keyOf(id)));
      if (pin !== undefined) this.#keep(id, pin);
      return pin;
    } catch {
      return undefined;
    }
  }

  #keep(id: string, pin: Pin): void {
    const oldest = this.#pins.keys().next();
    if (this.#pins.size >= MAX_PINS && oldest.done !== true) this.#pins.delete(oldest.value);
    this.#pins.set(id, pin);
  }
}

function keyOf(id: string): StoreKey {
  return ["v1", "pins", id];
}

function readPin(value: unknown): Pin | undefined {
  if (typeof value !== "object" || value === null || !("tenant" in value) || !("endpoint" in value)) {
    return undefined;
  }
  const { tenant, endpoint } = value;
  return typeof tenant === "string" && typeof endpoint === "string" ? { tenant, endpoint } : undefined;
}
