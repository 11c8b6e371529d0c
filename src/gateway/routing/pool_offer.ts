import type { PoolConfig } from "../../config/config.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import type { DiscoveredModel } from "../../providers/provider.ts";

/** What a pool's upstreams said they have, by the pool's name; undefined while nothing is known. */
export type DiscoveredModels = (pool: string) => readonly DiscoveredModel[] | undefined;

/** What clients may ask a pool for. */
export interface PoolOffer {
  /** Names that can be listed, in the order of the config or of the upstream's list. */
  readonly names: readonly string[];
  /** Whether a name may be asked for, listed or meant by a pattern. */
  readonly matches: Matcher;
  /** What the upstream says of its models, by its own names; undefined where it was not asked or did not answer yet. */
  readonly told: ReadonlyMap<string, DiscoveredModel> | undefined;
}

/**
 * What a pool offers: the models that its config lists or its upstreams told. With `renameOnly` only names that
 * some `rename` of it lists, as far as a list of models names them too.
 */
export function poolOffer(pool: PoolConfig, discovered: DiscoveredModels): PoolOffer {
  const told = toldModels(pool, discovered);
  if (pool.renameOnly) {
    const allowed = pool.discover === undefined ? matcherOf(pool.models) : () => true;
    const renames = [pool, ...pool.upstreams.filter((upstream) => upstream.enabled)];
    const names = new Set(renames.flatMap(({ rename }) => Object.keys(rename)).filter(allowed));
    return { names: [...names], matches: (model) => names.has(model), told };
  }
  if (pool.discover !== undefined) {
    return { names: [...told?.keys() ?? []], matches: (model) => told?.has(model) === true, told };
  }
  return { names: pool.models.filter((name) => !name.includes("*")), matches: matcherOf(pool.models), told };
}

function toldModels({ name, discover }: PoolConfig, discovered: DiscoveredModels): PoolOffer["told"] {
  const models = discover && discovered(name);
  if (models === undefined) return undefined;
  const included = matcherOf(discover?.include ?? []);
  const excluded = matcherOf(discover?.exclude ?? []);
  const offered = models.filter(({ id }) => included(id) && !excluded(id));
  return new Map(offered.map((model) => [model.id, model]));
}
