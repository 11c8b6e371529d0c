import { GatewayError } from "../core/errors.ts";
import { registryOf } from "../core/registry.ts";
import * as providerModule from "../providers/mod.ts";
import type { Provider } from "../providers/provider.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { Front } from "./facts/front.ts";
import { invalid } from "./facts/overrides.ts";
import type { RoutePlan, RouteTable } from "./routing/route_table.ts";

const providers = registryOf<Provider>(providerModule);

/** The provider of a type; throws `RangeError` when there is none. */
export function providerOf(type: string): Provider {
  return providers.get(type);
}

/**
 * Where a request goes. Throws `GatewayError`: `model_not_allowed` for a model the tenant may not use,
 * `pool_not_allowed` where all it leads to is closed to the tenant, `model_required` where one is needed and none is named, `model_not_found` and `not_found` for names that
 * nothing here explains.
 */
export function planFor(
  front: Exclude<Front, { kind: "models" }>,
  model: string | undefined,
  tenant: Tenant,
  routes: RouteTable,
): RoutePlan {
  refuseForbidden(front, model, tenant);
  if (front.kind === "proxy") {
    const plan = routes.named(front.name);
    if (plan !== undefined) return opened(plan);
    throw new GatewayError("not_found", "There is no pool or route of that name under /proxy/.");
  }
  if (model !== undefined) {
    const plan = routes.resolve(model);
    if (plan !== undefined) return opened(plan);
    throw new GatewayError(
      "model_not_found",
      "The model does not exist here. GET /v1/models lists what you can use.",
      { param: "model" },
    );
  }
  const needsModel = front.pathClass === "inference" && front.format.type !== "openai_other";
  const plan = routes.resolve(undefined) ??
    (needsModel
      ? undefined
      : routes.firstPool((type) => providerOf(type).formats.includes(front.format.type)));
  if (plan !== undefined) return opened(plan);
  throw needsModel
    ? new GatewayError(
      "model_required",
      "The request names no model. Set 'model'; GET /v1/models lists what you can use.",
      {
        param: "model",
      },
    )
    : new GatewayError(
      "no_endpoint",
      "No pool here serves this path. Ask the operator which paths are served.",
    );
}

/** `plan` with nothing but `pool` in it; throws `GatewayError`: `invalid_header` where that pool cannot serve `model`, `pool_not_allowed` where it is closed to the tenant. */
export function planWithin(
  plan: RoutePlan,
  pool: string | undefined,
  model: string | undefined,
  routes: RouteTable,
): RoutePlan {
  if (pool === undefined) return plan;
  const narrowed = routes.within(plan, pool, model);
  if (narrowed !== undefined) return opened(narrowed);
  throw invalid("pool", "names no pool that serves this request. Name another, or leave it out");
}

function opened(plan: RoutePlan): RoutePlan {
  if (plan.forbidden !== true) return plan;
  throw poolNotAllowed();
}

/** Says that the tenant's `pools` do not name what the request would need. */
export function poolNotAllowed(): GatewayError {
  return new GatewayError(
    "pool_not_allowed",
    "Your API key may not use the upstreams that serve this. GET /v1/models lists what it may use; ask the operator for more (the tenant's 'pools').",
  );
}

/** A tenant limited to some models must name one of them: a vendor's default could be any. */
function refuseForbidden(
  front: Exclude<Front, { kind: "models" }>,
  model: string | undefined,
  tenant: Tenant,
): void {
  if (model !== undefined && !tenant.allowsModel(model)) {
    throw new GatewayError(
      "model_not_allowed",
      "Your API key may not use this model. GET /v1/models lists what it may use.",
      { param: "model" },
    );
  }
  if (model === undefined && front.pathClass === "inference" && !tenant.allowsModel("")) {
    throw new GatewayError(
      "model_required",
      "Your API key is limited to some models, so the request must name one.",
      {
        param: "model",
      },
    );
  }
}
