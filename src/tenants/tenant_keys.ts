import { createHash } from "node:crypto";
import type { Secret } from "../core/secret.ts";
import type { Tenant } from "./tenant.ts";

/**
 * The tenants by their keys. Keys are looked up by SHA-256, so that the time a lookup takes tells nothing
 * about how much of a guess was right, and no table of plain keys lies in memory.
 */
export class TenantKeys {
  readonly #byHash = new Map<string, Tenant>();

  /** Adds a key of `tenant`; throws `RangeError` when another tenant has the same. */
  add(key: Secret, tenant: Tenant): void {
    const hash = sha256(key.reveal());
    const holder = this.#byHash.get(hash);
    if (holder !== undefined && holder !== tenant) {
      throw new RangeError(`Cannot give tenant '${tenant.name}' a key that tenant '${holder.name}' has`);
    }
    this.#byHash.set(hash, tenant);
  }

  /** Whose key it is, or undefined. */
  find(key: string): Tenant | undefined {
    return this.#byHash.get(sha256(key));
  }

  /** Whether `key` still belongs to a tenant of that name; asked when a reload may have revoked it. */
  holds(key: string, tenantName: string): boolean {
    return this.find(key)?.name === tenantName;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
