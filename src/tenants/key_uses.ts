import type { Log } from "../core/log.ts";
import type { Secret } from "../core/secret.ts";
import type { WriteBehind } from "../stores/write_behind.ts";

/** The last known use of a key. */
export interface KeyUse {
  /** Wall clock, right to {@link GRAIN_MS}. */
  readonly timeMs: number;
  /** The client's address, by trusted proxies. */
  readonly address: string;
}

/** Who calls with what, as far as uses are concerned. */
export interface UsedKey {
  readonly tenant: { readonly name: string };
  /** Fingerprint of the key; empty: the tenant is open and there was none. */
  readonly fingerprint: string;
  /** The key, where the gateway did not know it before but by its hash. */
  readonly learnt: Secret | undefined;
}

/** Least time between two notes of a key's use, in milliseconds: a minute is all that anybody asks, and one write each is all it may cost. */
const GRAIN_MS = 60_000;

/** Keys whose last use is kept in memory; the one noted longest ago goes first. */
const MAX_USES = 100_000;

/** Keys known by hash alone that are remembered once somebody has called with them, for the redactor. */
const MAX_LEARNT = 10_000;

/** How long a use is kept in the store, in milliseconds: as long as the ledger. */
const KEPT_MS = 400 * 86_400_000;

const PREFIX = ["v1", "key_uses"];

/** When and from where each tenant key was used last; coarse, and written behind. */
export class KeyUses {
  readonly #state: WriteBehind;
  readonly #log: Log;
  readonly #uses = new Map<string, KeyUse>();
  readonly #learnt = new Set<string>();
  #learntNow: Iterable<string> = this.#learnt;

  constructor({ state, log }: { readonly state: WriteBehind; readonly log: Log }) {
    this.#state = state;
    this.#log = log;
  }

  /** Reads what was kept; a store that fails costs the memory of past uses and nothing else. */
  async restore(): Promise<void> {
    try {
      for await (const { key, value } of this.#state.store.list(PREFIX)) {
        const [tenant, fingerprint] = key.slice(PREFIX.length);
        const use = readUse(value);
        if (tenant !== undefined && fingerprint !== undefined && use !== undefined) {
          this.#keep(`${tenant}\0${fingerprint}`, use);
        }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.channel("state").warn("When tenant keys were used last could not be read", { reason });
    }
  }

  /** A request was let in. `nowMs`: wall clock. */
  note(
    { tenant, fingerprint, learnt }: UsedKey,
    { address, nowMs }: { address: string; nowMs: number },
  ): void {
    if (learnt !== undefined) this.#learn(learnt.reveal());
    const id = `${tenant.name}\0${fingerprint}`;
    const before = this.#uses.get(id);
    if (before !== undefined && Math.abs(nowMs - before.timeMs) < GRAIN_MS) return;
    const use = { timeMs: nowMs, address };
    this.#uses.delete(id);
    this.#keep(id, use);
    this.#state.set([...PREFIX, tenant.name, fingerprint], use, KEPT_MS);
  }

  /** The last use of a key; undefined where none is known. */
  lastOf(tenant: string, fingerprint: string): KeyUse | undefined {
    return this.#uses.get(`${tenant}\0${fingerprint}`);
  }

  /** Keys that were known by their hash alone until somebody called with them; another object whenever there is one more. */
  get learnt(): Iterable<string> {
    return this.#learntNow;
  }

  #keep(id: string, use: KeyUse): void {
    const oldest = this.#uses.keys().next();
    if (this.#uses.size >= MAX_USES && oldest.done !== true) this.#uses.delete(oldest.value);
    this.#uses.set(id, use);
  }

  #learn(key: string): void {
    if (this.#learnt.has(key)) return;
    const oldest = this.#learnt.keys().next();
    if (this.#learnt.size >= MAX_LEARNT && oldest.done !== true) this.#learnt.delete(oldest.value);
    this.#learnt.add(key);
    this.#learntNow = { [Symbol.iterator]: () => this.#learnt.values() };
  }
}

function readUse(value: unknown): KeyUse | undefined {
  if (typeof value !== "object" || value === null || !("timeMs" in value) || !("address" in value)) {
    return undefined;
  }
  const { timeMs, address } = value;
  return typeof timeMs === "number" && typeof address === "string" ? { timeMs, address } : undefined;
}
