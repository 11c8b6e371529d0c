import { MinuteRates } from "../../balancing/minute_rates.ts";
import type { ErrorCode } from "../../core/errors.ts";

/** What tenants' rates are made of. */
export interface TenantCount {
  /** Requests that came with its key, those that were refused included. */
  readonly requests: number;
  /** Input and output of all attempts, counted when their usage is known. */
  readonly tokens: number;
  /** Told to come back since vendors that were asked had said so. */
  readonly refusedByVendor: number;
  /** Told to come back for a limit of the tenant, or since no endpoint had room: no vendor was asked. */
  readonly refusedByGateway: number;
}

/** The rates of a tenant, a minute. */
export interface TenantRate {
  /** Of the last 60 seconds. */
  readonly current: TenantCount;
  /** The most of any one clock minute since the process started, each for itself. */
  readonly peak: TenantCount;
}

/** What a client is told that asked for more than there is. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(["rate_limited", "concurrency_limited", "budget_exceeded"]);

interface Entry {
  /** Refused: by vendors. */
  readonly all: MinuteRates;
  /** Refused: by the gateway. */
  readonly own: MinuteRates;
}

/** Counts what each tenant does a minute; as many are kept as there are tenants. Times are monotonic. */
export class TenantRates {
  readonly #byTenant = new Map<string, Entry>();

  /** A request of the tenant came. */
  began(tenant: string, nowMs: number): void {
    let entry = this.#byTenant.get(tenant);
    if (entry === undefined) {
      this.#byTenant.set(tenant, entry = { all: new MinuteRates(), own: new MinuteRates() });
    }
    entry.all.began(nowMs);
  }

  /** An attempt for it turned out to have used so many tokens. */
  used(tenant: string, tokens: number, nowMs: number): void {
    this.#byTenant.get(tenant)?.all.used(tokens, nowMs);
  }

  /** A request of it was answered with an error; `asked`: some vendor was. */
  failed(tenant: string, code: ErrorCode, asked: boolean, nowMs: number): void {
    if (!REFUSALS.has(code)) return;
    const entry = this.#byTenant.get(tenant);
    (asked ? entry?.all : entry?.own)?.refused(nowMs);
  }

  /** What is known at `nowMs`. */
  read(tenant: string, nowMs: number): TenantRate {
    const entry = this.#byTenant.get(tenant);
    const all = entry?.all.read(nowMs);
    const own = entry?.own.read(nowMs);
    const count = (which: "current" | "peak"): TenantCount => ({
      requests: all?.[which].requests ?? 0,
      tokens: all?.[which].tokens ?? 0,
      refusedByVendor: all?.[which].refused ?? 0,
      refusedByGateway: own?.[which].refused ?? 0,
    });
    return { current: count("current"), peak: count("peak") };
  }

  /** Forgets all but these. */
  retain(tenants: readonly { readonly name: string }[]): void {
    const keep = new Set(tenants.map(({ name }) => name));
    for (const tenant of this.#byTenant.keys()) if (!keep.has(tenant)) this.#byTenant.delete(tenant);
  }
}
