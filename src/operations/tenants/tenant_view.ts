import type { TenantConfig, TenantKeyConfig } from "../../config/config.ts";
import type { TenantRate } from "../../gateway/under_way/tenant_rates.ts";
import { utcTime } from "../../recording/lines/utc_time.ts";
import type { KeyUse } from "../../tenants/key_uses.ts";
import { type LimitsView, limitsView } from "./limits_view.ts";
import type { StoredTenant } from "./stored_tenant.ts";

/** When and from where a key was used last; right to the minute. */
export interface UseView {
  readonly time: string;
  readonly address: string;
}

/** A tenant key as an operator sees it: everything but the key. */
export interface TenantKeyView {
  readonly fingerprint: string;
  readonly name: string | null;
  readonly note: string | null;
  readonly state: "valid" | "expired" | "disabled";
  readonly expires: string | null;
  /** Beside those of its tenant. */
  readonly limits: LimitsView;
  /** Null for keys of the config file. */
  readonly created: string | null;
  readonly lastUsed: UseView | null;
}

/** A tenant as an operator sees it. Null: not said, so all. */
export interface TenantView {
  readonly name: string;
  /** `config`: stands in the file and is changed there; `gateway`: made where the file names none; `store`: made at run time. */
  readonly source: "config" | "gateway" | "store";
  readonly enabled: boolean;
  readonly open: boolean;
  readonly note: string | null;
  readonly models: readonly string[] | null;
  readonly pools: readonly string[] | null;
  readonly addresses: readonly string[] | null;
  readonly formats: readonly string[] | null;
  readonly paths: readonly string[];
  readonly routes: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly limits: LimitsView;
  readonly debug: boolean;
  readonly overrides: readonly string[];
  readonly records: string | null;
  readonly created: string | null;
  readonly changed: string | null;
  /** What was said when it was made and since, as the config file spells it; null for tenants not made at run time. */
  readonly members: Readonly<Record<string, unknown>> | null;
  readonly keys: readonly TenantKeyView[];
  readonly perMinute: TenantRate;
  /** The latest use of any of its keys, or of its open door. */
  readonly lastUsed: UseView | null;
}

/** What views are made with. */
export interface ViewRoom {
  readonly nowMs: number;
  readonly fingerprint: (sha256: string) => string;
  readonly rate: (tenant: string) => TenantRate;
  readonly lastUse: (tenant: string, fingerprint: string) => KeyUse | undefined;
}

/** Shows a tenant. `stored`: what the store has of it, where it was made at run time. */
export function tenantView(
  tenant: TenantConfig,
  source: TenantView["source"],
  stored: StoredTenant | undefined,
  room: ViewRoom,
): TenantView {
  const { name, enabled, open, paths, aliases, priority, debug, overrides } = tenant;
  const keys = tenant.keys.map((key) => keyView(key, tenant, stored, room));
  const uses = tenant.keys.map(({ sha256 }) => room.lastUse(name, room.fingerprint(sha256)));
  const latest = [...uses, room.lastUse(name, "")].reduce(
    (last, use) => use !== undefined && use.timeMs > (last?.timeMs ?? 0) ? use : last,
    undefined,
  );
  return {
    ...{ name, source, enabled, open, paths, aliases, priority, debug, overrides },
    note: tenant.note ?? null,
    models: tenant.models ?? null,
    pools: tenant.pools ?? null,
    addresses: tenant.addresses ?? null,
    formats: tenant.formats ?? null,
    routes: tenant.routes.map((route) => route.model),
    records: tenant.records ?? null,
    limits: limitsView(tenant.limits),
    created: timeView(stored?.createdMs),
    changed: timeView(stored?.changedMs),
    members: stored?.members ?? null,
    keys,
    perMinute: room.rate(name),
    lastUsed: useView(latest),
  };
}

function keyView(
  key: TenantKeyConfig,
  tenant: TenantConfig,
  stored: StoredTenant | undefined,
  room: ViewRoom,
): TenantKeyView {
  const fingerprint = room.fingerprint(key.sha256);
  const isOver = key.expiresMs !== undefined && room.nowMs >= key.expiresMs;
  return {
    fingerprint,
    name: key.name ?? null,
    note: key.note ?? null,
    state: !key.enabled || !tenant.enabled ? "disabled" : isOver ? "expired" : "valid",
    expires: timeView(key.expiresMs),
    limits: limitsView(key.limits),
    created: timeView(stored?.keys.find(({ sha256 }) => sha256 === key.sha256)?.createdMs),
    lastUsed: useView(room.lastUse(tenant.name, fingerprint)),
  };
}

function timeView(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : utcTime(timeMs);
}

function useView(use: KeyUse | undefined): UseView | null {
  return use === undefined ? null : { time: utcTime(use.timeMs), address: use.address };
}
