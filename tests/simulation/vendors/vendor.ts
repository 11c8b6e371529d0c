import type { HeaderFields } from "../../../src/core/exchange.ts";
import type { Chance } from "../world/chance.ts";
import { type Prefix, PromptCache } from "./prompt_cache.ts";
import type { QuotaMeter } from "./quota_meter.ts";
import type { ClientFault, SimulatedRequest } from "./simulated_request.ts";

/** An organisation at the vendor: its keys share one limit and one prompt cache. */
export interface QuotaGroup {
  readonly name: string;
  readonly meter: QuotaMeter;
  /**
   * `honest`: every answer tells how the limit stands, a refusal when to come back to the millisecond; `silent`: only
   * a refusal tells anything, in whole seconds.
   */
  readonly telling: "honest" | "silent";
  /** A time during which it refuses everything, whatever its limit: monotonic milliseconds. */
  readonly closed?: { readonly fromMs: number; readonly untilMs: number };
}

/** A credential at the vendor. */
export interface VendorKey {
  readonly secret: string;
  readonly group: QuotaGroup;
  /** Refused with a 401. */
  readonly dead: boolean;
}

/** How fast a vendor answers. */
export interface LatencyProfile {
  /** Median time to the first token, log-normal. */
  readonly firstTokenMs: number;
  readonly sigma: number;
  readonly tokensPerSecond: number;
}

/** What a vendor does with one request, decided when it arrives. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers: HeaderFields;
  /** Machine-readable code of a refusal. */
  readonly code: string | undefined;
  /** From its arrival to the answer's head (of a stream), or to its first token. */
  readonly firstMs: number;
  /** From its arrival to the answer's last byte. */
  readonly lastMs: number;
  readonly cachedTokens: number;
}

/** What happened at a vendor, over all keys. */
export interface VendorCounts {
  served: number;
  limited: number;
  unauthorized: number;
  faulted: number;
  inputTokens: number;
  cachedTokens: number;
  /** What one cache for all organisations would have held. */
  cacheableTokens: number;
}

const FAULTS: Readonly<Record<ClientFault, { status: number; code: string }>> = {
  "bad_request": { status: 400, code: "invalid_value" },
  "not_found": { status: 404, code: "unknown_url" },
  "too_large": { status: 413, code: "request_too_large" },
  "unprocessable": { status: 422, code: "unprocessable_entity" },
  "context_length": { status: 400, code: "context_length_exceeded" },
};

/** How long a vendor takes to say no. */
const REFUSAL_MS = 30;

/** A vendor with its organisations and keys: limits, latency, dead keys, prompt caches. */
export class Vendor {
  readonly keys: ReadonlyMap<string, VendorKey>;
  readonly counts: VendorCounts = {
    served: 0,
    limited: 0,
    unauthorized: 0,
    faulted: 0,
    inputTokens: 0,
    cachedTokens: 0,
    cacheableTokens: 0,
  };
  readonly #latency: LatencyProfile;
  readonly #chance: Chance;
  readonly #caches = new Map<QuotaGroup, PromptCache>();
  readonly #oneCache = new PromptCache();

  constructor(keys: readonly VendorKey[], latency: LatencyProfile, chance: Chance) {
    this.keys = new Map(keys.map((key) => [key.secret, key]));
    this.#latency = latency;
    this.#chance = chance;
  }

  /** Takes in a request that arrives at `nowMs` under `secret`. */
  serve(secret: string, request: SimulatedRequest, nowMs: number): VendorAnswer {
    const key = this.keys.get(secret);
    if (key === undefined || key.dead) {
      this.counts.unauthorized++;
      return refusal(401, "invalid_api_key", {});
    }
    const { meter } = key.group;
    const waitMs = Math.max(closedForMs(key.group, nowMs), meter.take(1, nowMs));
    const limits = key.group.telling === "honest" ? limitFields(meter, nowMs) : {};
    if (waitMs > 0) {
      this.counts.limited++;
      return refusal(429, "rate_limit_exceeded", { ...limits, ...waitFields(key.group, waitMs) });
    }
    if (request.fault !== undefined) {
      this.counts.faulted++;
      const { status, code } = FAULTS[request.fault];
      return refusal(status, code, limits);
    }
    return this.#answer(key.group, request, limits, nowMs);
  }

  #answer(group: QuotaGroup, request: SimulatedRequest, headers: HeaderFields, nowMs: number): VendorAnswer {
    const { firstTokenMs, sigma, tokensPerSecond } = this.#latency;
    const firstMs = this.#chance.logNormal(firstTokenMs, sigma);
    this.counts.served++;
    return {
      status: 200,
      headers,
      code: undefined,
      firstMs,
      lastMs: firstMs + request.outputTokens * 1000 / tokensPerSecond,
      cachedTokens: request.prefixes === undefined ? 0 : this.#cached(group, request.prefixes, nowMs),
    };
  }

  #cached(group: QuotaGroup, prefixes: readonly Prefix[], nowMs: number): number {
    let cache = this.#caches.get(group);
    if (cache === undefined) this.#caches.set(group, cache = new PromptCache());
    const cached = cache.use(prefixes, nowMs);
    this.counts.cachedTokens += cached;
    this.counts.cacheableTokens += this.#oneCache.use(prefixes, nowMs);
    this.counts.inputTokens += prefixes.at(-1)?.tokens ?? 0;
    return cached;
  }
}

function refusal(status: number, code: string, headers: HeaderFields): VendorAnswer {
  return { status, headers, code, firstMs: REFUSAL_MS, lastMs: REFUSAL_MS, cachedTokens: 0 };
}

function closedForMs({ closed }: QuotaGroup, nowMs: number): number {
  return closed !== undefined && closed.fromMs <= nowMs && nowMs < closed.untilMs
    ? closed.untilMs - nowMs
    : 0;
}

function waitFields({ telling }: QuotaGroup, waitMs: number): HeaderFields {
  const seconds = { "retry-after": String(Math.ceil(waitMs / 1000)) };
  return telling === "honest" ? { ...seconds, "retry-after-ms": String(Math.ceil(waitMs)) } : seconds;
}

function limitFields(meter: QuotaMeter, nowMs: number): HeaderFields {
  const { remaining, resetMs } = meter.stateAt(nowMs);
  return {
    "x-ratelimit-limit-requests": String(meter.limit),
    "x-ratelimit-remaining-requests": String(remaining),
    "x-ratelimit-reset-requests": `${Math.round(resetMs)}ms`,
  };
}
