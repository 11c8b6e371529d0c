import { GatewayError } from "../core/errors.ts";
import { type Exchange, headerValue } from "../core/exchange.ts";
import { Secret } from "../core/secret.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { TenantKeys } from "../tenants/tenant_keys.ts";

/** Who is calling, and what the call carries beside its tenant key. */
export interface Caller {
  readonly tenant: Tenant;
  /** The key it called with; kept to notice when a reload revokes it. */
  readonly tenantKey: Secret;
  /** A credential that is no tenant key: goes on to pools whose `keys` are `"client"`. */
  readonly ownCredential: Secret | undefined;
}

/** Most credentials looked at in one request; more are ignored. */
const MAX_CREDENTIALS = 8;

/** Header fields that may hold a credential, beside `authorization`. */
const KEY_FIELDS = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/**
 * Resolves every credential a request carries to a tenant. Throws `GatewayError`: `missing_api_key` without
 * any, `invalid_api_key` when none is a tenant's, `conflicting_credentials` when two tenants' are given: the
 * answer to "whose limits, whose files" must never depend on the order of headers. `more`: credentials found
 * where only the caller knows to look.
 */
export function authenticate(exchange: Exchange, keys: TenantKeys, more: readonly string[] = []): Caller {
  const given = credentialsOf(exchange, more);
  if (given.length === 0) {
    throw new GatewayError(
      "missing_api_key",
      "No API key was given. Send your Tidegate key as 'Authorization: Bearer <key>'.",
    );
  }
  let caller: { tenant: Tenant; key: string } | undefined;
  let own: string | undefined;
  for (const credential of given) {
    const tenant = keys.find(credential);
    if (tenant === undefined) {
      own ??= credential;
    } else if (caller !== undefined && caller.tenant !== tenant) {
      throw new GatewayError(
        "conflicting_credentials",
        "The request carries API keys of two different tenants. Send only one.",
      );
    } else caller = { tenant, key: credential };
  }
  if (caller === undefined) {
    throw new GatewayError(
      "invalid_api_key",
      "The API key is not known here. Use a key that the operator of this gateway gave you.",
    );
  }
  return {
    tenant: caller.tenant,
    tenantKey: new Secret(caller.key),
    ownCredential: own === undefined ? undefined : new Secret(own),
  };
}

/** Every credential of the request, in the order: bearer, key header fields, `?key=`, `more`. */
function credentialsOf(exchange: Exchange, more: readonly string[]): string[] {
  const found: string[] = [];
  const add = (value: string | undefined) => {
    if (value !== undefined && value !== "" && found.length < MAX_CREDENTIALS) found.push(value);
  };
  add(bearerOf(headerValue(exchange.headers, "authorization")));
  for (const field of KEY_FIELDS) add(headerValue(exchange.headers, field)?.trim());
  if (mayNameKey(exchange.query)) add(new URLSearchParams(exchange.query).get("key") ?? undefined);
  for (const value of more) add(value);
  return found;
}

/** The token of a Bearer header (RFC 6750 §2.1; the scheme in any case); other schemes are nobody's. */
function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length < 8) return undefined;
  if (authorization.slice(0, 7).toLowerCase() !== "bearer ") return undefined;
  return authorization.slice(7).trim();
}

/** The raw query without its `key` parameters: a credential in a URL must go no further. Other bytes stay as they are. */
export function queryWithoutKey(query: string): string {
  if (!mayNameKey(query)) return query;
  return query.split("&").filter((pair) => {
    const name = pair.split("=", 1)[0] ?? "";
    return name !== "key" && safeDecode(name) !== "key";
  }).join("&");
}

/** Whether a parameter of the query could be `key`, percent-encoded or not; spares the common query a closer look. */
function mayNameKey(query: string): boolean {
  return query.includes("key=") || query.includes("%");
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
