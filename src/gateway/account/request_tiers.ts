import type { Tier } from "../../balancing/tier.ts";
import type { Tenant } from "../../tenants/tenant.ts";
import type { Front } from "../facts/front.ts";
import type { RequestFacts } from "../facts/request_facts.ts";
import type { Generation } from "../generation.ts";
import type { HandleRoom } from "../room.ts";
import { poolNotAllowed } from "../route.ts";
import type { RoutePlan } from "../routing/route_table.ts";
import { idsInPath } from "./account_objects.ts";
import { accountPlace, tiersOfEndpoint } from "./account_request.ts";
import { tiersOfIssuer } from "./issuers.ts";

/** A request whose plan is known. */
export interface PlannedRequest {
  readonly front: Exclude<Front, { kind: "models" }>;
  readonly facts: RequestFacts;
  readonly plan: RoutePlan;
  readonly tenant: Tenant;
}

/**
 * The plan's tiers, or of them what one account alone can serve: stored objects that the request names, and texts
 * in it that only their issuer can read. Throws `GatewayError` as `accountPlace` does, and `pool_not_allowed` for an
 * object in a pool that is closed to the tenant.
 */
export async function requestTiers(
  { pins, issuers, health, runtime }: Pick<HandleRoom, "pins" | "issuers" | "health" | "runtime">,
  { endpoints }: Generation,
  { front, facts, plan, tenant }: PlannedRequest,
): Promise<readonly Tier[]> {
  const named = front.pathClass === "account" ? idsInPath(front.path) : [];
  const ids = [...new Set([...named, ...facts.references])];
  const place = await accountPlace(ids, tenant, pins, tenant.grants.all);
  const pinned = place.kind === "endpoint" ? endpoints.get(place.id)?.pool : undefined;
  if (pinned !== undefined && tenant.access.allowsPool?.(pinned) === false) throw poolNotAllowed();
  if (place.kind === "endpoint") return tiersOfEndpoint(plan.tiers, endpoints.get(place.id), plan.model);
  const member = front.format.prompt?.sealed;
  if (member === undefined || facts.json === undefined) return plan.tiers;
  const issuer = await issuers.find(facts.json.bytes, { tenant: tenant.name, member });
  if (issuer === undefined) return plan.tiers;
  const view = { health, model: plan.model ?? facts.model, nowMs: runtime.monotonic() };
  return tiersOfIssuer(plan.tiers, endpoints.get(issuer), view) ?? plan.tiers;
}
