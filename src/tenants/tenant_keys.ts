import { createHash } from "node:crypto";
import { shortSha256Hex } from "../core/bytes/hmac_sha256.ts";
import type { Secret } from "../core/secret.ts";
import type { Tenant } from "./tenant.ts";

/** What is known of one tenant key beside whose it is. */
export interface KeyTerms {
  /** Tells the keys of a tenant apart, in answers and logs; says nothing of the key. */
  readonly fingerprint: string;
  /** Wall clock at which it stops working; undefined: never. */
  readonly expiresMs: number | undefined;
  readonly enabled: boolean;
  /** The gateway knows the key by its hash alone, until somebody calls with it. */
  readonly hashOnly: boolean;
}

/** One key and whose it is. */
export interface TenantKey extends KeyTerms {
  readonly tenant: Tenant;
}

/** Characters up to which hashing a key here is quicker than in native code. */
const SHORT_KEY_LENGTH = 256;

const PLAIN_TERMS: KeyTerms = { fingerprint: "", expiresMs: undefined, enabled: true, hashOnly: false };

/**
 * The tenants by their keys. Keys are looked up by SHA-256, so that the time a lookup takes tells nothing
 * about how much of a guess was right, and no table of plain keys lies in memory.
 */
export class TenantKeys {
  readonly #byHash = new Map<string, TenantKey>();
  readonly #open: Tenant[] = [];

  /** Adds a key of `tenant`; throws `RangeError` when another tenant has the same. */
  add(key: Secret, tenant: Tenant, terms: KeyTerms = PLAIN_TERMS): void {
    this.addHash(sha256Hex(key.reveal()), tenant, terms);
  }

  /** The same for a key of which only the SHA-256 is known, as {@link sha256Hex} spells it. */
  addHash(sha256: string, tenant: Tenant, terms: KeyTerms): void {
    const holder = this.#byHash.get(sha256)?.tenant;
    if (holder !== undefined && holder !== tenant) {
      throw new RangeError(`Cannot give tenant '${tenant.name}' a key that tenant '${holder.name}' has`);
    }
    if (holder === undefined) this.#byHash.set(sha256, { tenant, ...terms });
  }

  /** Adds a tenant that needs no key; one that was added earlier goes first. */
  addOpen(tenant: Tenant): void {
    this.#open.push(tenant);
  }

  /** What is known of a key, or undefined: also of one that is expired or switched off. */
  find(key: string): TenantKey | undefined {
    return this.#byHash.get(sha256Hex(key));
  }

  /** The fingerprint of a key, by its SHA-256; undefined where nobody has it. */
  fingerprintOf(sha256: string): string | undefined {
    return this.#byHash.get(sha256)?.fingerprint;
  }

  /** The tenant as which a client of that address calls without any key. */
  openTo(address: string): Tenant | undefined {
    return this.#open.find(({ access }) => access.allowsAddress?.(address) === true);
  }

  /** Whether `key` still opens for a tenant of that name (`key` undefined: whether that tenant is open still); asked when a reload may have revoked it. */
  holds(key: string | undefined, tenantName: string): boolean {
    if (key === undefined) return this.#open.some(({ name }) => name === tenantName);
    const found = this.find(key);
    return found?.enabled === true && found.tenant.name === tenantName;
  }
}

/** SHA-256 of a text, as 64 lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  // A client chooses how long the key is that it shows.
  return text.length <= SHORT_KEY_LENGTH
    ? shortSha256Hex(text)
    : createHash("sha256").update(text).digest("hex");
}
