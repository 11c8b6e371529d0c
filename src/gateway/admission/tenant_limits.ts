import type { Admissions } from "../../limits/admissions.ts";
import type { LimitName } from "../../limits/limit_policy.ts";
import type { LimitTable } from "./limit_table.ts";

/** How full one limit is. */
export interface TenantLimit {
  /** `tenant/web`, `tenant/web/model/gpt-*`, `tenant/web/key:…`. */
  readonly scope: string;
  readonly limit: LimitName;
  /** Requests, tokens, bytes; millionths of a dollar for a budget. */
  readonly max: number;
  /** Reserved amounts and what is owed included; may be more than `max`. */
  readonly used: number;
  /** Until nothing counts any more, in milliseconds; 0 where that is now or no matter of time. */
  readonly resetMs: number;
}

/** What of a generation is asked. */
interface Limited {
  /** Those that are switched off too. */
  readonly tenantConfigs: readonly { readonly name: string }[];
  readonly limits: LimitTable;
}

/** How full each limit of a tenant is; undefined: there is no such tenant. */
export function tenantLimits(
  tenant: string,
  { tenantConfigs, limits }: Limited,
  admissions: Pick<Admissions, "desk" | "now">,
): TenantLimit[] | undefined {
  if (!tenantConfigs.some(({ name }) => name === tenant)) return undefined;
  const standings = limits.allOf(tenant).flatMap((scope) =>
    admissions.desk.standings(scope).map((standing) => ({ ...standing, scope: scope.name }))
  );
  // Looked at afterwards, so that what is whole now has no time to wait.
  const { monotonicMs } = admissions.now();
  return standings.map(({ scope, limit, max, used, wholeMs }) => ({
    ...{ scope, limit, max, used },
    resetMs: Math.max(0, Math.ceil(wholeMs - monotonicMs)),
  }));
}

/** Forgets the money that a tenant has spent; returns how many budgets that were, undefined: there is no such tenant. */
export function resetBudgets(
  tenant: string,
  { tenantConfigs, limits }: Limited,
  { desk }: Pick<Admissions, "desk">,
): number | undefined {
  if (!tenantConfigs.some(({ name }) => name === tenant)) return undefined;
  const scopes = limits.allOf(tenant).filter((scope) => scope.limits.budget !== undefined);
  for (const scope of scopes) desk.resetBudget(scope);
  return scopes.length;
}
