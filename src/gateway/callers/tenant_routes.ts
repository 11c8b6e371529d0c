import type { TenantConfig } from "../../config/config.ts";
import type { Surroundings } from "../../balancing/index/rotation.ts";
import type { Steps } from "../../core/time/steps.ts";
import { matcherOf } from "../../core/pattern.ts";
import type { RouteTable } from "../routing/route_table.ts";

/**
 * The routes as each tenant sees them. A tenant without anything of its own sees those of everybody; a table of its
 * own is made when it first calls, once for all tenants that say the same.
 */
export class TenantRoutes {
  readonly #base: RouteTable;
  readonly #tenants: ReadonlyMap<string, TenantConfig>;
  readonly #byTenant = new Map<string, RouteTable>();
  readonly #byContent = new Map<string, RouteTable>();

  constructor(base: RouteTable, tenants: ReadonlyMap<string, TenantConfig>) {
    this.#base = base;
    this.#tenants = tenants;
  }

  /** Makes ready, in steps, what tenants of `before` have used. */
  *warm(before: TenantRoutes, surroundings: Surroundings): Steps<void> {
    const warmed = new Set([this.#base]);
    for (const [tenant, then] of before.#byTenant) {
      const now = this.of(tenant);
      if (warmed.has(now)) continue;
      warmed.add(now);
      yield* now.prepare(then, surroundings);
    }
  }

  /** The table of a tenant; everybody's for a name that is none. */
  of(tenant: string): RouteTable {
    let table = this.#byTenant.get(tenant);
    if (table !== undefined) return table;
    const config = this.#tenants.get(tenant);
    if (config === undefined) return this.#base;
    const { routes, aliases, settings, pools } = config;
    const content = JSON.stringify({ routes, aliases, settings, pools });
    table = content === NOTHING_OWN ? this.#base : this.#byContent.get(content) ?? this.#base.seenBy({
      ...{ routes, aliases },
      settings: JSON.stringify(settings) === "{}" ? undefined : settings,
      allowsPool: pools && matcherOf(pools),
    });
    this.#byContent.set(content, table);
    this.#byTenant.set(tenant, table);
    return table;
  }
}

/** What a tenant's part comes to that says nothing: undefined members leave no trace. */
const NOTHING_OWN = JSON.stringify({ routes: [], aliases: {}, settings: {} });
