import type { TenantConfig } from "../../config/config.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import type { CallerLimits, CallerLimitSet, LimitScope, QueuePolicy } from "../../limits/limit_policy.ts";

/** What limits one request. */
export interface CallerScopes {
  /** The tenant's own first; never empty. */
  readonly scopes: readonly LimitScope[];
  readonly queue: QueuePolicy | undefined;
  readonly legacyFields: boolean;
}

/** Scopes of a tenant or of a key. */
interface Holder {
  readonly own: LimitScope | undefined;
  readonly models: readonly { readonly matches: Matcher; readonly scope: LimitScope }[];
  readonly legacyFields: boolean;
}

interface TenantEntry {
  readonly holder: Holder | undefined;
  readonly queue: QueuePolicy | undefined;
  /** By fingerprint of the key. */
  readonly keys: ReadonlyMap<string, Holder>;
}

/** The limits that one generation's config sets, by tenant; tenants without any are not in it. */
export class LimitTable {
  readonly #tenants = new Map<string, TenantEntry>();

  /** `fingerprintOf`: tells the keys of a tenant apart, by their SHA-256. */
  constructor(tenants: readonly TenantConfig[], fingerprintOf: (sha256: string) => string) {
    for (const { name, limits, queue, keys: keyConfigs } of tenants) {
      const scope = `tenant/${name}`;
      const keys = new Map<string, Holder>();
      for (const { sha256, limits: ofKey } of keyConfigs) {
        if (ofKey === undefined) continue;
        const fingerprint = fingerprintOf(sha256);
        keys.set(fingerprint, holderOf(`${scope}/key:${fingerprint}`, "key", ofKey));
      }
      const holder = limits && holderOf(scope, "tenant", limits);
      if (holder !== undefined || keys.size > 0) this.#tenants.set(name, { holder, queue, keys });
    }
  }

  /** What limits a request of `tenant`, sent with the key of that fingerprint (empty: with none), for `model`; undefined: nothing does. */
  scopesOf(tenant: string, fingerprint: string, model: string | undefined): CallerScopes | undefined {
    const entry = this.#tenants.get(tenant);
    if (entry === undefined) return undefined;
    const ofKey = entry.keys.get(fingerprint);
    const scopes: LimitScope[] = [];
    let legacyFields = false;
    for (const holder of [entry.holder, ofKey]) {
      if (holder === undefined) continue;
      legacyFields ||= holder.legacyFields;
      if (holder.own !== undefined) scopes.push(holder.own);
      for (const { matches, scope } of holder.models) if (matches(model ?? "")) scopes.push(scope);
    }
    return scopes.length === 0 ? undefined : { scopes, queue: entry.queue, legacyFields };
  }

  /** Most that a tenant may spend in one of its periods, in US dollars; undefined: it has no budget of its own. */
  budgetUsdOf(tenant: string): number | undefined {
    const budget = this.#tenants.get(tenant)?.holder?.own?.limits.budget;
    return budget && budget.usdMicros / 1_000_000;
  }

  /** The scopes of a tenant as a whole, of its keys and of all their models; empty where nothing limits it. */
  allOf(tenant: string): readonly LimitScope[] {
    const entry = this.#tenants.get(tenant);
    if (entry === undefined) return [];
    return [entry.holder, ...entry.keys.values()].flatMap((holder) =>
      holder === undefined
        ? []
        : [...(holder.own === undefined ? [] : [holder.own]), ...holder.models.map(({ scope }) => scope)]
    );
  }
}

function holderOf(name: string, of: LimitScope["of"], set: CallerLimitSet): Holder {
  const { limits, models, legacyFields } = set;
  return {
    own: isEmpty(limits) ? undefined : { name, limits, of, model: undefined, found: undefined },
    models: Object.entries(models).map(([pattern, each]) => ({
      matches: matcherOf([pattern]),
      scope: { name: `${name}/model/${pattern}`, limits: each, of, model: pattern, found: undefined },
    })),
    legacyFields,
  };
}

function isEmpty(limits: CallerLimits): boolean {
  return Object.values(limits).every((limit) => limit === undefined);
}
