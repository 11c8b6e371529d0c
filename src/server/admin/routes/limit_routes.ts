import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import type { TenantLimit } from "../../../gateway/admission/tenant_limits.ts";
import { type AdminRoute, defineAdminRoute } from "../admin_route.ts";

/** What the routes work with. */
export interface LimitParts {
  /** Undefined: there is no such tenant. */
  readonly limitsOf: (tenant: string) => TenantLimit[] | undefined;
  /** How many budgets that were; undefined: there is no such tenant. */
  readonly resetBudget: (tenant: string) => number | undefined;
}

const standing = z.object({
  scope: z.string(),
  limit: z.string(),
  max: z.number(),
  used: z.number(),
  resetMs: z.number(),
});

/** How full tenants' limits are, and money forgotten by hand. */
export function limitRoutes(parts: LimitParts): AdminRoute[] {
  return [
    defineAdminRoute({
      method: "GET",
      path: "/admin/tenants/{tenant}/limits",
      summary: "How full each limit of a tenant, of its keys and of its models is.",
      operationId: "listTenantLimits",
      answer: z.object({ limits: z.array(standing) }),
      mutates: false,
      handle: ({ params }) => ({ limits: known(params["tenant"], parts.limitsOf) }),
    }),
    defineAdminRoute({
      method: "POST",
      path: "/admin/tenants/{tenant}/budget/reset",
      summary: "Forgets the money that a tenant, its keys and its models have spent in the current period.",
      operationId: "resetTenantBudget",
      answer: z.object({ reset: z.number() }),
      mutates: true,
      handle: ({ params }) => ({ reset: known(params["tenant"], parts.resetBudget) }),
    }),
  ];
}

function known<T>(tenant: string | undefined, ask: (tenant: string) => T | undefined): T {
  const found = ask(tenant ?? "");
  if (found !== undefined) return found;
  throw new GatewayError("object_not_found", "There is no tenant of that name.");
}
