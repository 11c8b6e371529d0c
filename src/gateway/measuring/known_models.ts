import type { Config } from "../../config/config.ts";
import type { Generation } from "../generation.ts";

/** Stands for every model that neither the config nor an upstream's own list names. */
const OTHER = "other";

/** Stands for requests that name no model. */
const NONE = "none";

const known = new WeakMap<Generation, ReadonlySet<string>>();

/**
 * A model's name as metrics may show it: one that the config names or an upstream told. Any other is the client's own
 * invention, perhaps not meant for others' eyes and without end in number: `other`; `none` where there is no model.
 */
export function modelLabel(generation: Generation, model: string | null | undefined): string {
  if (model === undefined || model === null) return NONE;
  let names = known.get(generation);
  if (names === undefined) known.set(generation, names = new Set(namesOf(generation)));
  return names.has(model) ? model : OTHER;
}

function namesOf({ config, routes }: Generation): string[] {
  return [...routes.names, ...upstreamNames(config)].filter((name) => !name.includes("*"));
}

/** Names by which upstreams are asked. */
function upstreamNames({ pools, routes }: Config): string[] {
  const ofPools = pools.flatMap((pool) => {
    const renamed = [pool, ...pool.upstreams].flatMap(({ rename }) => Object.values(rename));
    return [...pool.models, ...pool.upstreams.flatMap(({ models }) => models ?? []), ...renamed];
  });
  const ofRoutes = routes.flatMap((route) =>
    route.tiers.flatMap((tier) => tier.map(({ model }) => model ?? "*"))
  );
  return [...ofPools, ...ofRoutes];
}
