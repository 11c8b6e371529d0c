import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import type { HealthPolicy } from "../../balancing/health/health_policy.ts";
import type { Strategy } from "../../balancing/strategies/strategy.ts";
import * as strategyModule from "../../balancing/strategies/mod.ts";
import type { Surroundings } from "../../balancing/index/rotation.ts";
import { makeTier, type Tier } from "../../balancing/tier.ts";
import type { Config, PoolConfig, RouteConfig, TargetConfig } from "../../config/config.ts";
import { effectiveSettings, type Settings } from "../../config/settings.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import { registryOf } from "../../core/registry.ts";
import { atOnce, type Steps } from "../../core/time/steps.ts";
import type { ErrorRule } from "../../providers/provider.ts";

const strategies = registryOf<Strategy>(strategyModule);

/** Where a request may go, and by which settings. */
export interface RoutePlan {
  /** What affinity and records call it: `route:auto`, `pool:openai`, `model:gpt-4o`. */
  readonly name: string;
  readonly tiers: readonly Tier[];
  /** The name to ask for where the client's own holds more (`pool/model`); undefined: as the client or the candidate says. */
  readonly model?: string;
  /** Settings of the attempts that go to a pool. */
  settingsOf(pool: string): Settings;
}

/** Plans kept for names that only a pattern or a pool prefix explains; a client may invent names without end. */
const MAX_DERIVED_PLANS = 1000;

interface PoolEntry {
  readonly config: PoolConfig;
  readonly endpoints: readonly Endpoint[];
  readonly offers: Matcher;
}

interface PlanSource {
  readonly tiers: readonly (readonly TargetConfig[])[];
  readonly route: RouteConfig | undefined;
}

/**
 * Public model names → plans, for one generation. A name is looked up as exact route, model that a pool lists,
 * pattern route, pool prefix at its first slash, pattern that a pool lists, route `*`. (The two catch-alls stand
 * last: a `*` earlier would hide every prefix.)
 */
export class RouteTable {
  readonly #config: Config;
  readonly #pools: ReadonlyMap<string, PoolEntry>;
  readonly #exact = new Map<string, RoutePlan>();
  readonly #patterns: { matches: Matcher; plan: RoutePlan }[] = [];
  #catchAll: RoutePlan | undefined;
  readonly #derived = new Map<string, RoutePlan | null>();
  readonly #names: string[] = [];
  /** What plans were made of, and what they are with a single pool in them. */
  readonly #sources = new WeakMap<RoutePlan, PlanSource>();
  readonly #narrowed = new WeakMap<RoutePlan, Map<string, RoutePlan | null>>();
  readonly #sharedTiers = new Map<
    string,
    { readonly targets: readonly TargetConfig[]; readonly tier: Tier }
  >();
  /** Of the config's own routes, by model. */
  readonly #routePlans = new Map<string, RoutePlan>();

  /** `plans` false: they are still to be made. */
  constructor(config: Config, endpoints: ReadonlyMap<string, readonly Endpoint[]>, plans = true) {
    this.#config = config;
    this.#pools = new Map(
      config.pools.filter((pool) => pool.enabled).map((pool) => [pool.name, {
        config: pool,
        endpoints: endpoints.get(pool.name) ?? [],
        offers: matcherOf(pool.models),
      }]),
    );
    if (plans) atOnce(this.#makePlans());
  }

  /** Makes one in steps, a plan each. */
  static *built(config: Config, endpoints: ReadonlyMap<string, readonly Endpoint[]>): Steps<RouteTable> {
    const table = new RouteTable(config, endpoints, false);
    yield* table.#makePlans();
    return table;
  }

  /** Makes ready, in steps, what requests have used of `before`: else the first of them would wait for all of it. */
  *warm(before: RouteTable, surroundings: Surroundings): Steps<void> {
    for (const [signature, { targets, tier }] of before.#sharedTiers) {
      if (!targets.every(({ pool }) => this.#pools.has(pool))) continue;
      const { index } = this.#sharedTier(signature, targets);
      yield;
      yield* index.warm(tier.index, surroundings);
    }
    for (const [name, plan] of this.#routePlans) {
      const known = before.#routePlans.get(name);
      for (const [at, tier] of plan.tiers.entries()) {
        const index = known?.tiers[at]?.index;
        if (index !== undefined) yield* tier.index.warm(index, surroundings);
      }
    }
  }

  *#makePlans(): Steps<void> {
    const routes = this.#config.routes.filter((route) => route.enabled);
    for (const route of routes) {
      yield;
      const plan = this.#planOf(`route:${route.model}`, route.tiers, route);
      this.#routePlans.set(route.model, plan);
      if (route.model === "*") {
        this.#catchAll = plan;
        continue;
      }
      if (route.model.includes("*")) {
        this.#patterns.push({ matches: matcherOf([route.model]), plan });
      } else this.#add(route.model, plan);
    }
    for (const model of this.#listedModels()) {
      if (!this.#exact.has(model)) {
        yield;
        this.#add(model, this.#listedPlan(model, (pool) => pool.config.models.includes(model)));
      }
    }
  }

  /** The plan for a model name; undefined when nothing explains it. `model` undefined: a request that names none. */
  resolve(model: string | undefined): RoutePlan | undefined {
    if (model === undefined) return this.#catchAll;
    const exact = this.#exact.get(model);
    if (exact !== undefined) return exact;
    let derived = this.#derived.get(model);
    if (derived === undefined) {
      derived = this.#derive(model) ?? null;
      const oldest = this.#derived.keys().next();
      if (this.#derived.size >= MAX_DERIVED_PLANS && oldest.done !== true) this.#derived.delete(oldest.value);
      this.#derived.set(model, derived);
    }
    return derived ?? this.#catchAll;
  }

  /** The plan for `/proxy/{name}`: a pool, else an exact route. */
  named(name: string): RoutePlan | undefined {
    return this.#pools.has(name) ? this.#poolPlan(name) : this.#exact.get(name);
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

  /** The plan for a request without a model: the first pool, in config order, whose provider `speaks` the format. */
  firstPool(speaks: (provider: string) => boolean): RoutePlan | undefined {
    for (const { config } of this.#pools.values()) {
      if (speaks(config.provider)) return this.named(config.name);
    }
    return undefined;
  }

  /** The pool's own error rows, before those of its provider. */
  errorRulesOf(pool: string): readonly ErrorRule[] {
    return this.#pools.get(pool)?.config.errors ?? [];
  }

  /** Names that can be listed: exact routes and models that pools list, in config order. */
  get names(): readonly string[] {
    return this.#names;
  }

  #add(model: string, plan: RoutePlan): void {
    this.#exact.set(model, plan);
    this.#names.push(model);
  }

  #listedModels(): string[] {
    return [...this.#pools.values()].flatMap(({ config }) => config.models.filter((m) => !m.includes("*")));
  }

  #derive(model: string): RoutePlan | undefined {
    const pattern = this.#patterns.find((route) => route.matches(model));
    if (pattern !== undefined) return pattern.plan;
    const slash = model.indexOf("/");
    if (slash > 0) {
      const pool = this.#pools.get(model.slice(0, slash));
      const bare = model.slice(slash + 1);
      if (pool !== undefined && bare !== "" && pool.offers(bare)) {
        const plan = this.#poolPlan(pool.config.name);
        const prefixed = { ...plan, model: bare };
        const source = this.#sources.get(plan);
        if (source !== undefined) this.#sources.set(prefixed, source);
        return prefixed;
      }
    }
    const offers = (pool: PoolEntry) => pool.offers(model);
    return [...this.#pools.values()].some(offers) ? this.#listedPlan(model, offers) : undefined;
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
    const narrowed = this.#planOf(`${plan.name}@${pool}`, tiers, source?.route);
    return plan.model === undefined ? narrowed : { ...narrowed, model: plan.model };
  }

  #planOf(name: string, tiers: readonly (readonly TargetConfig[])[], route?: RouteConfig): RoutePlan {
    const settings = new Map<string, Settings>();
    const settingsOf = (pool: string) => {
      let found = settings.get(pool);
      if (found === undefined) {
        found = effectiveSettings(this.#config, this.#pools.get(pool)?.config, route);
        settings.set(pool, found);
      }
      return found;
    };
    const plan = { name, tiers: tiers.map((targets) => this.#tierOf(targets, route)), settingsOf };
    this.#sources.set(plan, { tiers, route });
    return plan;
  }

  /** Tiers without a route are shared by all models of the same pools: one rotation, and one list of 50,000 keys. */
  #tierOf(targets: readonly TargetConfig[], route: RouteConfig | undefined): Tier {
    if (route !== undefined) return this.#makeTier(targets, route);
    const signature = targets.map((target) => `${target.pool}*${target.weight}`).join("\0");
    return this.#sharedTier(signature, targets);
  }

  #sharedTier(signature: string, targets: readonly TargetConfig[]): Tier {
    let shared = this.#sharedTiers.get(signature);
    if (shared === undefined) {
      shared = { targets, tier: this.#makeTier(targets, undefined) };
      this.#sharedTiers.set(signature, shared);
    }
    return shared.tier;
  }

  #makeTier(targets: readonly TargetConfig[], route: RouteConfig | undefined): Tier {
    const only = targets.length === 1 ? this.#pools.get(targets[0]?.pool ?? "")?.config : undefined;
    const { balance, affinity } = effectiveSettings(this.#config, only, route);
    const candidates = targets.flatMap((target) => this.#candidatesOf(target, route));
    const { strategy, options, slowStartMs } = balance;
    return makeTier(candidates, {
      choosing: strategies.get(strategy).create(options),
      affinity,
      slowStartMs,
    });
  }

  #candidatesOf(target: TargetConfig, route: RouteConfig | undefined): Candidate[] {
    const pool = this.#pools.get(target.pool);
    if (pool === undefined) return [];
    const { health: thresholds, probe } = effectiveSettings(this.#config, pool.config, route);
    const health: HealthPolicy = { ...thresholds, trials: probe.mode !== "off" };
    return pool.endpoints.map((endpoint) => ({
      endpoint,
      weight: endpoint.weight * target.weight,
      model: target.model,
      health,
    }));
  }
}
