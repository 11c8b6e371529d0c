import { GatewayError } from "../core/errors.ts";
import { type Exchange, type HeaderFields, headerValue } from "../core/exchange.ts";
import { Secret } from "../core/secret.ts";
import { utcTime } from "../recording/lines/utc_time.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { TenantKey, TenantKeys } from "../tenants/tenant_keys.ts";

/** Who is calling, and what the call carries beside its tenant key. */
export interface Caller {
  readonly tenant: Tenant;
  /** The key it called with; kept to notice when a reload revokes it. Undefined: the tenant is open, and there was none. */
  readonly tenantKey: Secret | undefined;
  /** Tells the tenant's keys apart; empty without a key. */
  readonly fingerprint: string;
  /** {@link tenantKey}, where the gateway knew it by its hash alone. */
  readonly learnt: Secret | undefined;
  /** A credential that is no tenant key: goes on to pools whose `keys` are `"client"`. */
  readonly ownCredential: Secret | undefined;
}

/** When and from where it is called. */
export interface CallPlace {
  /** Wall clock. */
  readonly nowMs: number;
  readonly clientAddress: string;
  /** Web origins whose pages may call without a key where a tenant is open. */
  readonly origins: readonly string[];
}

/** Most credentials looked at in one request; more are ignored. */
const MAX_CREDENTIALS = 8;

/** Header fields that may hold a credential, beside `authorization`. */
const KEY_FIELDS = ["x-api-key", "x-goog-api-key", "api-key"] as const;

/**
 * Resolves every credential a request carries to a tenant; one that carries none calls as the first tenant that is open
 * to its address. Throws `GatewayError`: `missing_api_key` without any, `invalid_api_key` when none is a tenant's,
 * `key_expired` and `key_disabled` when those that are open nothing any more, `conflicting_credentials` when two
 * tenants' are given: the answer to "whose limits, whose files" must never depend on the order of headers. `more`:
 * credentials found where only the caller knows to look.
 */
export function authenticate(
  exchange: Exchange,
  keys: TenantKeys,
  place: CallPlace,
  more: readonly string[] = [],
): Caller {
  const given = credentialsOf(exchange, more);
  if (given.length === 0) return openCaller(exchange, keys, place);
  let caller: { held: TenantKey; key: string } | undefined;
  let own: string | undefined;
  let refused: GatewayError | undefined;
  for (const credential of given) {
    const held = keys.find(credential);
    if (held === undefined) {
      own ??= credential;
      continue;
    }
    const refusal = refusalOf(held, place.nowMs);
    // A key of ours that opens nothing is still no vendor's, and never goes on.
    if (refusal !== undefined) refused ??= refusal;
    else if (caller !== undefined && caller.held.tenant !== held.tenant) {
      throw new GatewayError(
        "conflicting_credentials",
        "The request carries API keys of two different tenants. Send only one.",
      );
    } else caller = { held, key: credential };
  }
  if (caller === undefined) throw refused ?? unknownKey();
  const { held: { tenant, fingerprint, hashOnly } } = caller;
  const tenantKey = new Secret(caller.key);
  return {
    ...{ tenant, tenantKey, fingerprint },
    learnt: hashOnly ? tenantKey : undefined,
    ownCredential: own === undefined ? undefined : new Secret(own),
  };
}

function openCaller(
  { headers }: Exchange,
  keys: TenantKeys,
  { clientAddress, origins }: CallPlace,
): Caller {
  const tenant = isForeignPage(headers, origins) ? undefined : keys.openTo(clientAddress);
  if (tenant === undefined) {
    throw new GatewayError(
      "missing_api_key",
      "No API key was given. Send your Tidegate key as 'Authorization: Bearer <key>'.",
    );
  }
  return { tenant, tenantKey: undefined, fingerprint: "", learnt: undefined, ownCredential: undefined };
}

/**
 * Whether a web page that the operator did not name is calling: any page that somebody at an open address looks at could
 * spend there. Browsers tell by one of two fields, programs send neither; `*` among the origins names no page.
 */
function isForeignPage(headers: HeaderFields, origins: readonly string[]): boolean {
  const origin = headerValue(headers, "origin");
  if (origin !== undefined) return !origins.includes(origin);
  const site = headerValue(headers, "sec-fetch-site");
  return site !== undefined && site !== "none";
}

/** Only who holds the key is told these: to everybody else it is as unknown as any other text. */
function refusalOf({ enabled, expiresMs }: TenantKey, nowMs: number): GatewayError | undefined {
  if (!enabled) {
    return new GatewayError(
      "key_disabled",
      "This API key is switched off. Ask the operator of this gateway.",
    );
  }
  if (expiresMs === undefined || nowMs < expiresMs) return undefined;
  return new GatewayError(
    "key_expired",
    `This API key expired at ${utcTime(expiresMs)}. Ask the operator of this gateway for a new one.`,
  );
}

function unknownKey(): GatewayError {
  return new GatewayError(
    "invalid_api_key",
    "The API key is not known here. Use a key that the operator of this gateway gave you.",
  );
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
