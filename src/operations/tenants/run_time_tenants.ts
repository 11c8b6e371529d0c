import { buildRunTimeTenant } from "../../config/build/tenants/run_time_tenant.ts";
import type { TenantConfig } from "../../config/config.ts";
import type { Log } from "../../core/log.ts";
import type { StoreKey } from "../../stores/store.ts";
import type { WriteBehind } from "../../stores/write_behind.ts";
import { asFile, readStoredTenant, type StoredTenant } from "./stored_tenant.ts";

/** Most tenants made at run time. */
export const MAX_RUN_TIME_TENANTS = 10_000;

const PREFIX = ["v1", "tenants"];

/** What a tenant that was accepted once is checked against later: what has gone since must not shut it out. */
const LATER = { poolNames: undefined, listenHost: "localhost" };

/** The tenants made at run time: in memory, and kept in the store. */
export class RunTimeTenants {
  readonly #state: WriteBehind;
  readonly #log: Log;
  readonly #stored = new Map<string, StoredTenant>();
  readonly #built = new Map<string, TenantConfig>();

  constructor({ state, log }: { readonly state: WriteBehind; readonly log: Log }) {
    this.#state = state;
    this.#log = log.channel("tenants");
  }

  /**
   * Reads what was kept. One that makes no sense is left out and told: nobody gets in by half of what was meant. A
   * store that cannot be read is told too; then none of them can call until the next start.
   */
  async restore(): Promise<void> {
    try {
      for await (const { value } of this.#state.store.list(PREFIX)) {
        const stored = readStoredTenant(value);
        if (stored !== undefined) this.#take(stored);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : "unknown error";
      this.#log.error("The tenants made at run time could not be read: their keys open nothing", { reason });
    }
  }

  /** As generations are built from them, oldest first. */
  configs(): readonly TenantConfig[] {
    return [...this.#built.values()];
  }

  /** How many there are. */
  get size(): number {
    return this.#stored.size;
  }

  /** One of them; undefined where there is none of that name. */
  get(name: string): StoredTenant | undefined {
    return this.#stored.get(name);
  }

  /** Adds or replaces one that was checked; resolves to whether it is safe from a restart already. Never rejects. */
  async put(tenant: StoredTenant): Promise<boolean> {
    this.#take(tenant);
    const key = keyOf(tenant.name);
    return await this.#atOnce(() => this.#state.set(key, tenant), () => this.#state.store.set(key, tenant));
  }

  /** Forgets one; resolves as {@link put} does. */
  async delete(name: string): Promise<boolean> {
    this.#stored.delete(name);
    this.#built.delete(name);
    const key = keyOf(name);
    return await this.#atOnce(() => this.#state.delete(key), () => this.#state.store.delete(key));
  }

  /** Says which of them the config shuts out, by a name that both have. */
  warnOfClashes(config: readonly TenantConfig[]): void {
    for (const { name } of config) {
      if (!this.#stored.has(name)) continue;
      this.#log.warn("A tenant of the config has the name of one made at run time, which is out of force", {
        tenant: name,
      });
    }
  }

  /** Written behind in any case, so that a failing store is tried again; and now, to be able to say that it is safe. */
  async #atOnce(behind: () => void, now: () => Promise<void>): Promise<boolean> {
    behind();
    try {
      await now();
      return true;
    } catch {
      return false;
    }
  }

  #take(stored: StoredTenant): void {
    const built = buildRunTimeTenant(asFile(stored), LATER);
    if ("tenant" in built) {
      this.#stored.set(stored.name, stored);
      this.#built.set(stored.name, built.tenant);
      return;
    }
    const problems = built.problems.map(({ member, text }) => `${member}: ${text}`);
    this.#log.error("A tenant made at run time is not understood and left out", {
      tenant: stored.name,
      problems,
    });
  }
}

function keyOf(name: string): StoreKey {
  return [...PREFIX, name];
}
