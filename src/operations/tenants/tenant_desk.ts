import { buildRunTimeTenant } from "../../config/build/tenants/run_time_tenant.ts";
import type { TenantConfig } from "../../config/config.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import { OWN_TENANT_NAME } from "../../gateway/callers/tenant_side.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { base32, type EndpointIdentity } from "../../gateway/routing/endpoint_identity.ts";
import type { KeyUses } from "../../tenants/key_uses.ts";
import { sha256Hex } from "../../tenants/tenant_keys.ts";
import { keysLeft, limitsTakenOver, type OldKeysEnd } from "./rotation.ts";
import { MAX_RUN_TIME_TENANTS, type RunTimeTenants } from "./run_time_tenants.ts";
import { asFile, type StoredKey, type StoredTenant } from "./stored_tenant.ts";
import { type TenantView, tenantView } from "./tenant_view.ts";

/** Random bytes of a key: 160 bits, as those that the gateway makes at its first start. */
const KEY_BYTES = 20;

/** Most keys of one tenant made at run time. */
const MAX_KEYS = 100;

/** Most bytes of a tenant as JSON: what a store takes as one value, with room to spare. */
const MAX_TENANT_BYTES = 50_000;

/** What may be said of a key: all but the key. */
export interface KeyWishes {
  readonly name?: string | undefined;
  readonly expires?: string | undefined;
  readonly note?: string | undefined;
  readonly enabled?: boolean | undefined;
  /** As the config file spells them; null: none. */
  readonly limits?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What a rotation may say beside the new key's terms; without `limits` it has those of the old ones. */
export interface RotationWishes extends KeyWishes, OldKeysEnd {
  /** The one old key that is meant; undefined: all. */
  readonly fingerprint?: string | undefined;
}

/** What a change comes to. */
export interface Change {
  readonly tenant: TenantView;
  /** It is in the store already; false: the store is away, and it is written when that is back. */
  readonly saved: boolean;
}

/** A change that made a key: told here and never again. */
export interface ChangeWithKey extends Change {
  readonly key: string;
  readonly fingerprint: string;
}

/** What the desk works with. */
export interface TenantDeskParts {
  readonly gateway: Pick<Gateway, "generation" | "rates" | "tenantsChanged">;
  readonly tenants: RunTimeTenants;
  readonly keyUses: KeyUses;
  readonly identity: EndpointIdentity;
  readonly runtime: Runtime;
}

/**
 * Where an operator sees all tenants and makes, changes and removes those made at run time. Every change is in force
 * when its call resolves; streams of keys that it took away are cut. Throws `GatewayError`: `not_found`, `conflict` for
 * a name that is taken or a tenant that stands in the config file, `invalid_body` for what the file would not take.
 */
export class TenantDesk {
  readonly #parts: TenantDeskParts;

  constructor(parts: TenantDeskParts) {
    this.#parts = parts;
  }

  /** Tenants by name, at most `limit` after the name `after`; `next` is where the rest begins, null where there is none. */
  list(
    after: string,
    limit: number,
  ): { readonly tenants: readonly TenantView[]; readonly next: string | null } {
    const { tenantConfigs } = this.#parts.gateway.generation;
    const left = tenantConfigs.filter(({ name }) => name > after).sort((a, b) => a.name < b.name ? -1 : 1);
    const tenants = left.slice(0, limit).map((tenant) => this.#view(tenant));
    return { tenants, next: tenants.length < left.length ? tenants.at(-1)?.name ?? null : null };
  }

  /** One of them. */
  show(name: string): TenantView {
    const { tenantConfigs } = this.#parts.gateway.generation;
    const found = tenantConfigs.find((tenant) => tenant.name === name);
    if (found === undefined) throw noSuchTenant();
    return this.#view(found);
  }

  /** Makes a tenant with a first key. */
  async create(
    name: string,
    members: Readonly<Record<string, unknown>>,
    wishes: KeyWishes,
  ): Promise<ChangeWithKey> {
    const { tenants, runtime } = this.#parts;
    if (this.#isLasting(name) || tenants.get(name) !== undefined) {
      throw new GatewayError("conflict", "There is a tenant of this name already. Choose another.", {
        param: "name",
      });
    }
    if (tenants.size >= MAX_RUN_TIME_TENANTS) {
      throw new GatewayError("conflict", `There are ${MAX_RUN_TIME_TENANTS} tenants already. Delete some.`);
    }
    const nowMs = runtime.now();
    const made = { name, createdMs: nowMs, changedMs: nowMs, members: said(members), keys: [] };
    const { stored, key, sha256 } = this.#withNewKey(made, wishes);
    return { ...await this.#put(stored), key, fingerprint: this.#fingerprint(sha256) };
  }

  /** Changes members; null takes one away, so that its default holds again. */
  async change(name: string, members: Readonly<Record<string, unknown>>): Promise<Change> {
    const stored = this.#stored(name);
    return await this.#put({ ...stored, members: said({ ...stored.members, ...members }) });
  }

  /** Removes a tenant and its keys. */
  async remove(name: string): Promise<{ readonly saved: boolean }> {
    const { tenants, gateway } = this.#parts;
    this.#stored(name);
    const saving = tenants.delete(name);
    gateway.tenantsChanged();
    return { saved: await saving };
  }

  /** Gives a tenant one more key. */
  async addKey(name: string, wishes: KeyWishes): Promise<ChangeWithKey> {
    const { stored, key, sha256 } = this.#withNewKey(this.#stored(name), wishes);
    return { ...await this.#put(stored), key, fingerprint: this.#fingerprint(sha256) };
  }

  /** Changes what is said of a key. */
  async changeKey(
    name: string,
    fingerprint: string,
    changes: { readonly [member in keyof KeyWishes]: KeyWishes[member] | null },
  ): Promise<Change> {
    const stored = this.#stored(name);
    const old = this.#key(stored, fingerprint);
    const { sha256, createdMs, ...terms } = old;
    // Null and undefined members are gone; the others have the types of StoredKey, as the route's shape says.
    const changed = { ...said({ ...terms, ...changes }), sha256, createdMs } as StoredKey;
    return await this.#put({ ...stored, keys: stored.keys.map((key) => key === old ? changed : key) });
  }

  /** Takes a key away. */
  async removeKey(name: string, fingerprint: string): Promise<Change> {
    const stored = this.#stored(name);
    const old = this.#key(stored, fingerprint);
    return await this.#put({ ...stored, keys: stored.keys.filter((key) => key !== old) });
  }

  /** Gives a tenant a new key and the old ones an end; without any overlap they are gone at once. Those that are over already are dropped. */
  async rotate(name: string, wishes: RotationWishes): Promise<ChangeWithKey> {
    const nowMs = this.#parts.runtime.now();
    const stored = this.#stored(name);
    const meant = wishes.fingerprint === undefined ? stored.keys : [this.#key(stored, wishes.fingerprint)];
    const { limits = limitsTakenOver(meant, nowMs) } = wishes;
    const keys = keysLeft(stored.keys, meant, wishes, nowMs);
    const { stored: rotated, key, sha256 } = this.#withNewKey({ ...stored, keys }, { ...wishes, limits });
    return { ...await this.#put(rotated), key, fingerprint: this.#fingerprint(sha256) };
  }

  #view(tenant: TenantConfig): TenantView {
    const { gateway, tenants, runtime, keyUses } = this.#parts;
    const { config } = gateway.generation;
    const isLasting = this.#isLasting(tenant.name);
    const stored = isLasting ? undefined : tenants.get(tenant.name);
    const source = !isLasting ? "store" : config.tenants.length === 0 ? "gateway" : "config";
    return tenantView(tenant, source, stored, {
      nowMs: runtime.now(),
      fingerprint: (sha256) => this.#fingerprint(sha256),
      rate: (name) => gateway.rates.tenants.read(name, runtime.monotonic()),
      lastUse: (name, fingerprint) => keyUses.lastOf(name, fingerprint),
    });
  }

  /** Whether the tenant stands in the config, or was made by the gateway where that names none. */
  #isLasting(name: string): boolean {
    const { config } = this.#parts.gateway.generation;
    return config.tenants.length === 0
      ? name === OWN_TENANT_NAME
      : config.tenants.some((each) => each.name === name);
  }

  #stored(name: string): StoredTenant {
    if (this.#isLasting(name)) {
      throw new GatewayError(
        "conflict",
        "This tenant was not made at run time. Change it in the config file.",
      );
    }
    const stored = this.#parts.tenants.get(name);
    if (stored === undefined) throw noSuchTenant();
    return stored;
  }

  #fingerprint(sha256: string): string {
    const { gateway, identity } = this.#parts;
    return gateway.generation.keys.fingerprintOf(sha256) ?? identity.fingerprint(sha256);
  }

  #key({ keys }: StoredTenant, fingerprint: string): StoredKey {
    const found = keys.find(({ sha256 }) => this.#fingerprint(sha256) === fingerprint);
    if (found !== undefined) return found;
    throw new GatewayError("not_found", "This tenant has no key of that fingerprint.");
  }

  #withNewKey(
    stored: StoredTenant,
    { name, expires, note, enabled, limits }: Omit<KeyWishes, "limits"> & { readonly limits?: unknown },
  ) {
    const { runtime } = this.#parts;
    if (stored.keys.length >= MAX_KEYS) {
      throw new GatewayError("conflict", `A tenant has at most ${MAX_KEYS} keys. Delete some first.`);
    }
    const key = `sk-tg-${base32(runtime.randomBytes(KEY_BYTES))}`;
    const sha256 = sha256Hex(key);
    // Only what was said is there; the others have the types of StoredKey, as KeyWishes says.
    const made = {
      ...said({ name, expires, note, enabled, limits }),
      sha256,
      createdMs: runtime.now(),
    } as StoredKey;
    return { stored: { ...stored, keys: [...stored.keys, made] }, key, sha256 };
  }

  async #put(wanted: StoredTenant): Promise<Change> {
    const { tenants, gateway, runtime } = this.#parts;
    const { config } = gateway.generation;
    const stored = { ...wanted, changedMs: runtime.now() };
    const built = buildRunTimeTenant(asFile(stored), {
      poolNames: new Set(config.pools.map((pool) => pool.name)),
      listenHost: config.listen.host,
    });
    if ("problems" in built) throw notTaken(built.problems);
    if (new TextEncoder().encode(JSON.stringify(stored)).length > MAX_TENANT_BYTES) {
      throw new GatewayError(
        "request_too_large",
        `A tenant takes at most ${MAX_TENANT_BYTES} bytes as JSON.`,
      );
    }
    const saving = tenants.put(stored);
    gateway.tenantsChanged();
    return { tenant: this.show(stored.name), saved: await saving };
  }
}

function noSuchTenant(): GatewayError {
  return new GatewayError("not_found", "There is no tenant of that name.");
}

function notTaken(problems: readonly { readonly member: string; readonly text: string }[]): GatewayError {
  const text = problems.map(({ member, text }) => member === "" ? text : `${member}: ${text}`).join("; ");
  return new GatewayError("invalid_body", `${text}.`, { param: problems[0]?.member ?? "" });
}

/** Without what is null or undefined. */
function said(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  );
}
