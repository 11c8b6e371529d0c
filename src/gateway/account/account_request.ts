import type { Candidate, Endpoint } from "../../balancing/endpoint.ts";
import { weightedRoundRobin } from "../../balancing/strategies/weighted_round_robin.ts";
import { makeTier, type Tier } from "../../balancing/tier.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import { idsInPath } from "./account_objects.ts";
import type { PinTable } from "./pins.ts";

/** Where a request that touches stored objects may go. */
export type AccountPlace =
  /** It names none: any endpoint may take it. */
  | { readonly kind: "anywhere" }
  /** Only the endpoint whose account has the objects. */
  | { readonly kind: "endpoint"; readonly id: string };

/**
 * Finds the one endpoint whose account has the objects that a request names, and sees to it that they are the
 * tenant's. Throws `GatewayError` `object_not_found` for another tenant's, for unknown ones (unless `mayUseUnknown`:
 * objects made outside the gateway, or ids that only look like stored objects), and for objects of two accounts.
 */
export async function accountPlace(
  ids: readonly string[],
  tenant: Tenant,
  pins: PinTable,
  mayUseUnknown: boolean,
): Promise<AccountPlace> {
  let endpoint: string | undefined;
  for (const id of ids) {
    const pin = await pins.find(id);
    if (pin === undefined && mayUseUnknown) continue;
    if (pin === undefined || pin.tenant !== tenant.name) throw notFound();
    if (endpoint !== undefined && endpoint !== pin.endpoint) {
      throw new GatewayError(
        "object_not_found",
        "The request names objects that lie in two different upstream accounts. Make them again in one.",
      );
    }
    endpoint = pin.endpoint;
  }
  return endpoint === undefined ? { kind: "anywhere" } : { kind: "endpoint", id: endpoint };
}

/** The same answer whether the object is somebody else's or nobody's: an id must not be found out by asking. */
function notFound(): GatewayError {
  return new GatewayError(
    "object_not_found",
    "No such object. Check the id; objects made with another API key or outside this gateway are not reachable.",
  );
}

/** The tiers with only that endpoint in them; it is looked up in all of the generation when the plan lacks it. */
export function tiersOfEndpoint(
  tiers: readonly Tier[],
  endpoint: Endpoint | undefined,
  model: string | undefined,
): readonly Tier[] {
  if (endpoint === undefined) {
    throw new GatewayError(
      "object_not_found",
      "The upstream account that has this object is no longer configured. Ask the operator.",
    );
  }
  for (const tier of tiers) {
    const candidates = tier.candidates.filter((candidate) => candidate.endpoint.id === endpoint.id);
    if (candidates.length > 0) return [onlyTier(candidates)];
  }
  if (tiers.length === 0) throw notFound();
  return [onlyTier([{ endpoint, weight: 1, model }])];
}

function onlyTier(candidates: readonly Candidate[]): Tier {
  return makeTier(candidates, { choosing: weightedRoundRobin.create({}) });
}

/**
 * The endpoint that a tenant's new objects go to while it is well: always the same of a tier's (rendezvous
 * hashing: highest digest wins), so that a batch finds the file uploaded a moment ago in its account.
 */
export function homeEndpoint(
  tier: Tier,
  tenant: string,
  digest: (text: string) => string,
): string | undefined {
  let home: { id: string; rank: string } | undefined;
  for (const { endpoint } of tier.candidates) {
    const rank = digest(`${tenant}\0${endpoint.id}`);
    if (home === undefined || rank > home.rank) home = { id: endpoint.id, rank };
  }
  return home?.id;
}

/** Whether a request lists a whole collection of the account, so that its answer must be filtered. */
export function listsAccount(method: string, path: string): boolean {
  return method === "GET" && idsInPath(path).length === 0;
}
