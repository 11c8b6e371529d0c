import type { Endpoint } from "../../balancing/endpoint.ts";
import type { Surroundings } from "../../balancing/index/rotation.ts";
import type { Tier } from "../../balancing/tier.ts";
import type { Config, PoolConfig, TargetConfig } from "../../config/config.ts";
import { effectiveSettings, type Settings } from "../../config/settings.ts";
import type { Steps } from "../../core/time/steps.ts";
import type { DiscoveredModel, ErrorRule } from "../../providers/provider.ts";
import type { DrainPolicy } from "../../upstream/usage/tapped_call.ts";
import type { DiscoveredModels } from "./pool_offer.ts";
import {
  type PlanSettings,
  type PlanSource,
  poolEntries,
  type PoolEntry,
  remembered,
  type RoutePlan,
  type TierPart,
  tierPart,
} from "./plan_parts.ts";
import { tierOfTargets } from "./tier_of_targets.ts";
import { RouteList } from "./route_list.ts";
import { SharedTiers, warmPlans } from "./shared_tiers.ts";
import { type RouteView, WHOLE_VIEW } from "./route_view.ts";

export type { RoutePlan };

/** Plans kept for names that only a pattern or a pool prefix explains; a client may invent names without end. */
const MAX_DERIVED_PLANS = 1000;

/** What a table is made of beside config and endpoints. */
export interface RouteTableSources {
  /** What is known of the models of pools that ask their upstreams. */
  readonly discovered?: DiscoveredModels | undefined;
  readonly view?: RouteView;
  readonly base?: RouteTable;
}

/**
 * Public model names → plans, for one generation. A name is looked up as exact route, model that a pool lists,
 * pattern route, pool prefix at its first slash, pattern that a pool lists, route `*`. (The two catch-alls stand
 * last: a `*` earlier would hide every prefix.) A view's own routes, `*` too, go before all of these.
 */
export class RouteTable {
  readonly #config: Config;
  readonly #view: RouteView;
  readonly #pools: ReadonlyMap<string, PoolEntry>;
  /** Settings of what no route says anything of. */
  readonly #plain: PlanSettings;
  readonly #own: RouteList<RoutePlan>;
  readonly #routes: RouteList<RoutePlan>;
  readonly #aliases = new Map<string, RoutePlan>();
  /** Exact routes and listed models. */
  readonly #exact = new Map<string, RoutePlan>();
  readonly #derived = new Map<string, RoutePlan | null>();
  readonly #names: readonly string[];
  /** What plans were made of, and what they are with a single pool in them. */
  readonly #sources = new WeakMap<RoutePlan, PlanSource>();
  readonly #narrowed = new WeakMap<RoutePlan, Map<string, RoutePlan | null>>();
  readonly #sharedTiers: SharedTiers;

  /** `view`: of whom it is the table, everybody's without one; `base`: the table of everybody, where this one shows another view of it. */
  constructor(
    config: Config,
    endpoints: ReadonlyMap<string, readonly Endpoint[]>,
    { discovered = () => undefined, view = WHOLE_VIEW, base }: RouteTableSources = {},
  ) {
    this.#config = config;
    this.#view = view;
    this.#pools = base !== undefined ? base.#pools : poolEntries(config, endpoints, discovered);
    const { settings } = view;
    this.#plain = { route: undefined, above: settings === undefined ? [] : [settings] };
    this.#sharedTiers = settings === undefined && base !== undefined ? base.#sharedTiers : new SharedTiers();
    this.#own = new RouteList(view.routes, (route) => {
      const by = { route: undefined, above: [...this.#plain.above, route.settings] };
      return this.#planOf(`own:${route.model}`, route.tiers, by);
    });
    this.#routes = new RouteList(config.routes, (route) => {
      return this.#planOf(`route:${route.model}`, route.tiers, { ...this.#plain, route });
    });
    for (const [model, plan] of this.#routes.exact) this.#exact.set(model, plan);
    for (const model of this.#listedModels()) {
      if (!this.#exact.has(model)) {
        this.#exact.set(model, this.#listedPlan(model, (pool) => pool.listed.has(model)));
      }
    }
    for (const [name, model] of Object.entries(view.aliases)) {
      const plan = this.#find(model);
      if (plan !== undefined) this.#aliases.set(name, this.#renamed(plan, plan.model ?? model));
    }
    this.#names = this.#listNames();
  }

  /** Makes ready, in steps, what is asked for first, and all that requests have used of `before`: else the next one would wait for all of it. */
  *prepare(before: RouteTable | undefined, surroundings: Surroundings | undefined): Steps<void> {
    if (before !== undefined) {
      this.#sharedTiers.takeOver(before.#sharedTiers, (pool) => [before.#partOf(pool), this.#partOf(pool)]);
    }
    for (const plan of [...this.#own.all.values(), ...this.#routes.all.values(), ...this.#exact.values()]) {
      // Tiers are made when they are looked at.
      yield void plan.tiers;
    }
    if (before === undefined || surroundings === undefined) return;
    const has = (pool: string) => this.#pools.has(pool);
    const make = (targets: readonly TargetConfig[]) => this.#makeTier(targets, this.#plain);
    yield* this.#sharedTiers.warm(before.#sharedTiers, { has, make, surroundings });
    yield* warmPlans(this.#own.all, before.#own.all, surroundings);
    yield* warmPlans(this.#routes.all, before.#routes.all, surroundings);
  }

  /** The same routes and pools as `view` shows them. */
  seenBy(view: RouteView): RouteTable {
    return new RouteTable(this.#config, new Map(), { view, base: this });
  }

  /** The plan for a model name; undefined when nothing explains it. `model` undefined: a request that names none. */
  resolve(model: string | undefined): RoutePlan | undefined {
    if (model === undefined) return this.#own.catchAll ?? this.#routes.catchAll;
    return this.#aliases.get(model) ?? this.#find(model);
  }

  #find(model: string): RoutePlan | undefined {
    const own = this.#own.exact.get(model) ?? this.#own.matching(model) ?? this.#own.catchAll;
    const exact = own ?? this.#exact.get(model);
    if (exact !== undefined) return exact;
    let derived = this.#derived.get(model);
    if (derived === undefined) {
      derived = this.#derive(model) ?? null;
      const oldest = this.#derived.keys().next();
      if (this.#derived.size >= MAX_DERIVED_PLANS && oldest.done !== true) this.#derived.delete(oldest.value);
      this.#derived.set(model, derived);
    }
    return derived ?? this.#routes.catchAll;
  }

  /** The plan for `/proxy/{name}`: a pool, else an exact route. */
  named(name: string): RoutePlan | undefined {
    return this.#pools.has(name) ? this.#poolPlan(name) : this.#own.exact.get(name) ?? this.#exact.get(name);
  }

  /** `plan` with nothing but `pool` in it, or that pool's own plan where it offers `model`; undefined where neither is. */
  within(plan: RoutePlan, pool: string, model: string | undefined): RoutePlan | undefined {
    const entry = this.#pools.get(pool);
    if (entry === undefined) return undefined;
    let narrowed = this.#narrowed.get(plan);
    if (narrowed === undefined) this.#narrowed.set(plan, narrowed = new Map());
    let found = narrowed.get(pool);
    if (found === undefined) {
      found = this.#narrow(plan, pool) ?? null;
      narrowed.set(pool, found);
    }
    if (found !== null) return found;
    return model === undefined || entry.offers(model) ? this.#poolPlan(pool) : undefined;
  }

  /** The plan for a request without a model: the first pool, in config order, one of whose providers `speaks` the format. */
  firstPool(speaks: (provider: string) => boolean): RoutePlan | undefined {
    for (const { config } of this.#pools.values()) {
      if (this.#view.allowsPool?.(config.name) === false) continue;
      const speak = config.upstreams.some(({ enabled, provider }) => enabled && speaks(provider));
      if (speak) return this.named(config.name);
    }
    return undefined;
  }

  /** The pool's own error rows, before those of its provider. */
  errorRulesOf(pool: string): readonly ErrorRule[] {
    return this.#pools.get(pool)?.config.errors ?? [];
  }

  /** How a pool's answers are read whose clients have left; undefined: not at all. */
  drainOf(pool: string): DrainPolicy | undefined {
    return this.#pools.get(pool)?.config.drain;
  }

  /** Names that can be listed: own names, exact routes and models that pools list, in config order; none that leads nowhere. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Pools that ask their upstreams for their models and have no list yet. */
  get undiscovered(): readonly string[] {
    return [...this.#pools.values()].filter(({ config, told }) =>
      config.discover !== undefined && told === undefined
    )
      .map(({ config }) => config.name);
  }

  /** What an upstream says of a listed model, from the first pool that knows; undefined where none was asked. */
  toldOf(name: string): DiscoveredModel | undefined {
    for (const { config, listed, told } of this.#pools.values()) {
      const found = listed.has(name) ? told?.get(config.rename[name] ?? name) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #listNames(): string[] {
    const plans = new Map([...this.#exact, ...this.#own.exact, ...this.#aliases]);
    const order = new Set([...this.#own.exact.keys(), ...this.#aliases.keys(), ...this.#exact.keys()]);
    return [...order].filter((name) => plans.get(name)?.forbidden !== true);
  }

  #listedModels(): string[] {
    return [...this.#pools.values()].flatMap(({ listed }) => [...listed]);
  }

  #derive(model: string): RoutePlan | undefined {
    const pattern = this.#routes.matching(model);
    if (pattern !== undefined) return pattern;
    const slash = model.indexOf("/");
    if (slash > 0) {
      const pool = this.#pools.get(model.slice(0, slash));
      const bare = model.slice(slash + 1);
      if (pool !== undefined && bare !== "" && pool.offers(bare)) {
        return this.#renamed(this.#poolPlan(pool.config.name), bare);
      }
    }
    const offers = (pool: PoolEntry) => pool.offers(model);
    return [...this.#pools.values()].some(offers) ? this.#listedPlan(model, offers) : undefined;
  }

  /** The same plan, asking for another name than the client's. */
  #renamed(plan: RoutePlan, model: string): RoutePlan {
    const renamed = { ...plan, model };
    const source = this.#sources.get(plan);
    if (source !== undefined) this.#sources.set(renamed, source);
    return renamed;
  }

  #poolPlan(pool: string): RoutePlan {
    return this.#planOf(`pool:${pool}`, [[{ pool, model: undefined, weight: 1 }]]);
  }

  /** One tier for each priority of the pools, shared by pool weight. A name that some pool lists goes to no pool that merely takes any name. */
  #listedPlan(model: string, takes: (pool: PoolEntry) => boolean): RoutePlan {
    const pools = [...this.#pools.values()].filter(takes).map((pool) => pool.config);
    const priorities = [...new Set(pools.map((pool) => pool.priority))].sort((a, b) => a - b);
    const tiers = priorities.map((priority) =>
      pools.filter((pool) => pool.priority === priority).map((pool): TargetConfig => ({
        pool: pool.name,
        model: undefined,
        weight: pool.weight,
      }))
    );
    return this.#planOf(`model:${model}`, tiers);
  }

  #narrow(plan: RoutePlan, pool: string): RoutePlan | undefined {
    const source = this.#sources.get(plan);
    const tiers = (source?.tiers ?? []).map((targets) => targets.filter((target) => target.pool === pool))
      .filter((targets) => targets.length > 0);
    if (tiers.length === 0) return undefined;
    const narrowed = this.#planOf(`${plan.name}@${pool}`, tiers, source?.by);
    return plan.model === undefined ? narrowed : { ...narrowed, model: plan.model };
  }

  #planOf(name: string, wanted: readonly (readonly TargetConfig[])[], by = this.#plain): RoutePlan {
    const { allowsPool = () => true } = this.#view;
    const tiers = wanted.map((targets) => targets.filter(({ pool }) => allowsPool(pool)))
      .filter((targets) => targets.length > 0);
    const settingsOf = remembered((pool: string) => this.#settings(this.#pools.get(pool)?.config, by));
    let made: readonly Tier[] | undefined;
    const tiersOf = () => made ??= tiers.map((targets) => this.#tierOf(targets, by));
    const plan: RoutePlan = {
      name,
      get tiers() {
        return tiersOf();
      },
      settingsOf,
      ...(tiers.length === 0 && wanted.length > 0 ? { forbidden: true } : {}),
    };
    this.#sources.set(plan, { tiers: wanted, by });
    return plan;
  }

  /** What shared tiers are made of, as far as a pool goes. */
  #partOf(pool: string): TierPart {
    return tierPart(this.#pools.get(pool), (config) => this.#settings(config, this.#plain));
  }

  #settings(pool: PoolConfig | undefined, { route, above }: PlanSettings): Settings {
    return effectiveSettings(this.#config, pool, route, above);
  }

  /** Tiers without a route are shared. */
  #tierOf(targets: readonly TargetConfig[], by: PlanSettings): Tier {
    if (by !== this.#plain) return this.#makeTier(targets, by);
    return this.#sharedTiers.of(targets, () => this.#makeTier(targets, by));
  }

  #makeTier(targets: readonly TargetConfig[], by: PlanSettings): Tier {
    return tierOfTargets(targets, {
      poolOf: (name) => this.#pools.get(name),
      settingsOf: (pool) => this.#settings(pool, by),
      route: by.route,
    });
  }
}
