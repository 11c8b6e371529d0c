import type { Config, TenantConfig } from "../../config/config.ts";
import type { Steps } from "../../core/time/steps.ts";
import type { Secret } from "../../core/secret.ts";
import { type Generation, generationSteps, withTenants } from "../generation.ts";
import type { HandleRoom } from "../room.ts";
import type { EndpointIdentity } from "../routing/endpoint_identity.ts";
import type { LoadTable } from "../routing/endpoints/load_table.ts";
import type { DiscoveredModels } from "../routing/pool_offer.ts";

/** What generations are built from, beside the config. */
export interface BuildingParts extends Pick<HandleRoom, "runtime" | "health" | "quota"> {
  readonly identity: EndpointIdentity;
  /** The key of the tenant that exists where the config names none. */
  readonly ownTenantKey: Secret;
  /** The tenants made at run time. */
  readonly runTimeTenants: () => readonly TenantConfig[];
  /** Turns a declared upstream URL into one that can be called. */
  readonly callableUrl: (declaredUrl: string) => string;
  /** Models of pools that ask their upstreams; asked whenever a generation is built. */
  readonly discovered?: DiscoveredModels;
}

/** The steps to the generation that follows `before`. */
export function nextGeneration(
  config: Config,
  parts: BuildingParts,
  { before, loads }: { readonly before: Generation | undefined; readonly loads: LoadTable },
): Steps<Generation> {
  const { identity, ownTenantKey, runTimeTenants, callableUrl, discovered, runtime, health, quota } = parts;
  const nowMs = runtime.monotonic();
  return generationSteps(
    config,
    {
      ...{ identity, ownTenantKey, callableUrl, loads, runTimeTenants: runTimeTenants() },
      ...(discovered === undefined ? {} : { discovered }),
      newAtMs: before && nowMs,
      surroundings: { health, quota, nowMs },
    },
    { number: (before?.number ?? 0) + 1, builtMs: runtime.now(), before },
  );
}

/** A generation with the tenants made at run time as they are now. */
export function withTenantsOfNow(generation: Generation, parts: BuildingParts): Generation {
  const { runTimeTenants, runtime } = parts;
  return withTenants(generation, { ...parts, runTimeTenants: runTimeTenants() }, runtime.now());
}
