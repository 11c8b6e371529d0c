import { BlockList, isIP } from "node:net";
import type { MetricsConfig } from "../../config/telemetry_config.ts";
import { ERROR_STATUS } from "../../core/errors.ts";
import type { HeaderFields } from "../../core/exchange.ts";
import type { Runtime } from "../../core/runtime.ts";
import type { AdminGuard, AdminRefusal } from "../admin/admin_guard.ts";
import { isBearer, tokenDigest } from "../guard/bearer_token.ts";
import { FailedKnocks } from "../guard/failed_knocks.ts";

/** Addresses that no stranger has: loopback, private, shared, link-local (RFC 1122, 1918, 3927, 4193, 4291, 6598). */
const NEAR_RANGES = [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const;

/** Fields by which proxies show that the connection is not the client's own. */
const PROXY_FIELDS = [
  "x-forwarded-for",
  "forwarded",
  "x-real-ip",
  "via",
  "x-forwarded-proto",
  "x-forwarded-host",
];

/** What the guard looks at. */
export interface MetricsKnock {
  /** The client's address, by trusted proxies. */
  readonly address: string;
  /** The address of the connection. */
  readonly remoteAddress: string;
  readonly headers: HeaderFields;
}

/** What {@link MetricsGuard} needs. */
export interface MetricsGuardParts {
  /** Knows the admin token. */
  readonly admin: Pick<AdminGuard, "refusalAt">;
  readonly runtime: Pick<Runtime, "monotonic">;
  /** What the config in force asks of readers. */
  readonly tokens: () => MetricsConfig["tokens"];
}

/**
 * Who may read metrics, which name tenants, pools and models: whoever sends the config's token or the admin's; and,
 * where the config sets none, programs on loopback and private addresses. What a proxy passed on is as far away as the
 * client that a trusted proxy names, and far away where no trusted one names any.
 */
export class MetricsGuard {
  readonly #parts: MetricsGuardParts;
  readonly #near = nearAddresses();
  /** A scraper with a stale token, which knocks for ever, must not shut its machine out of the admin API. */
  readonly #failed: FailedKnocks;

  constructor(parts: MetricsGuardParts) {
    this.#parts = parts;
    this.#failed = new FailedKnocks(parts.runtime);
  }

  /** Undefined when the request may enter. */
  refusal(knock: MetricsKnock): AdminRefusal | undefined {
    const authorization = oneValue(knock.headers["authorization"]);
    const tokens = this.#parts.tokens();
    if (authorization === undefined) {
      if (tokens === undefined && this.#isNear(knock) && !isPageByName(knock.headers)) return undefined;
      return { status: ERROR_STATUS.missing_api_key, code: "missing_api_key", message: HOW_TO_ENTER };
    }
    if (tokens?.some((token) => isBearer(authorization, tokenDigest(token.reveal()))) === true) {
      return undefined;
    }
    const refusal = this.#parts.admin.refusalAt(this.#failed, {
      address: knock.address,
      authorization,
      fetchSite: oneValue(knock.headers["sec-fetch-site"]),
      origin: oneValue(knock.headers["origin"]),
    });
    return refusal?.code === "invalid_api_key" ? { ...refusal, message: HOW_TO_ENTER } : refusal;
  }

  #isNear({ address, remoteAddress, headers }: MetricsKnock): boolean {
    const version = isIP(address);
    if (version === 0 || !this.#near.check(address, version === 6 ? "ipv6" : "ipv4")) return false;
    const isPassedOn = PROXY_FIELDS.some((name) => headers[name] !== undefined);
    return !isPassedOn || address !== remoteAddress.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  }
}

const HOW_TO_ENTER =
  "Metrics are for loopback and private addresses, where the config sets no metrics.token. Send 'Authorization: Bearer <token>' with that token or the content of admin.token.";

function nearAddresses(): BlockList {
  const list = new BlockList();
  for (const [address, bits] of NEAR_RANGES) {
    list.addSubnet(address, bits, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

/**
 * Whether a browser asks for a host by a name from outside. A page may point a name of its own at our address and
 * would then count as this site's (DNS rebinding); browsers always say which language they want, scrapers do not.
 */
function isPageByName(headers: HeaderFields): boolean {
  const isBrowser = headers["accept-language"] !== undefined || headers["sec-fetch-site"] !== undefined;
  const host = (oneValue(headers["host"]) ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isBrowser && host !== "localhost" && isIP(host) === 0;
}

function oneValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}
