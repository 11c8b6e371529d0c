import type { ErrorCode } from "../../core/errors.ts";
import { OwnRefusals } from "./own_refusals.ts";
import { TenantRates } from "./tenant_rates.ts";

/** Whose a request was, and where it was to go. */
export interface CountedRequest {
  readonly caller: { readonly tenant: { readonly name: string } } | undefined;
  /** `pool`: the one that was to be asked first. */
  readonly progress: { readonly pool: string | undefined };
}

/** What is counted of requests by the minute, beside what endpoints count of their attempts. */
export class RequestRates {
  readonly pools = new OwnRefusals();
  readonly tenants = new TenantRates();

  /**
   * A request was answered with an error at `nowMs` (monotonic). `attempts`: those that were made; undefined where it
   * did not come to looking for an endpoint.
   */
  failed(
    { progress: { pool }, caller }: CountedRequest,
    code: ErrorCode,
    attempts: number | undefined,
    nowMs: number,
  ): void {
    if (code === "rate_limited" && attempts === 0 && pool !== undefined) this.pools.refused(pool, nowMs);
    if (caller !== undefined) this.tenants.failed(caller.tenant.name, code, (attempts ?? 0) > 0, nowMs);
  }

  /** Forgets pools and tenants that are gone. */
  retain(pools: ReadonlySet<string>, tenants: readonly { readonly name: string }[]): void {
    this.pools.retain(pools);
    this.tenants.retain(tenants);
  }
}
