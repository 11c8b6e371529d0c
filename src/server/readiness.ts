import type { HealthBoard } from "../balancing/health.ts";
import type { Config } from "../config/config.ts";
import type { Generation } from "../gateway/generation.ts";
import type { KeyBook } from "../operations/keys/key_book.ts";
import { fingerprintOf } from "../operations/keys/stored_key.ts";
import type { ConfigInForce } from "./config_in_force.ts";

/** Whether traffic should come here, and what `/readyz` says about it. */
export interface Readiness {
  readonly ready: boolean;
  /** Further members of the answer: plain JSON, fit for anybody's eyes. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What readiness is made of. */
export interface ReadinessParts {
  readonly generation: Generation;
  readonly health: HealthBoard;
  readonly inForce: ConfigInForce;
  /** The kind of store in use. */
  readonly storeKind: string;
  /** Somebody asked the process to stop. */
  readonly draining: boolean;
  /** Upstream keys of the store. */
  readonly keys: KeyBook;
  /** Monotonic clock. */
  readonly nowMs: number;
}

/** Unreadable keys that `/readyz` names. */
const MAX_NAMED_KEYS = 20;

/** Whether traffic should come here: a configuration is in force, one endpoint at least may be used, and nobody asked us to stop. */
export function readinessOf(parts: ReadinessParts): Readiness {
  const { generation, draining } = parts;
  const usable = hasUsableEndpoint(generation, parts.health, parts.nowMs);
  const { fault, missing } = parts.inForce;
  const { undiscovered } = generation.routes;
  return {
    ready: usable && !draining,
    detail: {
      generation: generation.number,
      pools: generation.config.pools.filter((pool) => pool.enabled).map((pool) => pool.name),
      endpoints: generation.endpoints.size,
      usableEndpoint: usable,
      draining,
      simulated: isSimulated(generation.config),
      state: parts.storeKind,
      missingSecrets: missing,
      ...storedKeys(parts.keys),
      ...(undiscovered.length === 0 ? {} : { undiscovered }),
      config: fault === undefined
        ? { upToDate: true }
        : { upToDate: false, refusedAt: fault.timeMs, problems: fault.problems },
    },
  };
}

/** Nothing where there are none. */
function storedKeys(book: KeyBook): { readonly storedKeys?: Readonly<Record<string, unknown>> } {
  if (book.size === 0) return {};
  const unreadable = book.unreadable().map(({ pool, id }) => `${pool}/${fingerprintOf(id)}`);
  const which = unreadable.slice(0, MAX_NAMED_KEYS);
  return { storedKeys: { count: book.size, unreadable: unreadable.length, which } };
}

function isSimulated({ pools }: Config): boolean {
  return pools.some((pool) =>
    pool.enabled && pool.upstreams.some(({ provider }) => provider === "simulated")
  );
}

function hasUsableEndpoint(generation: Generation, health: HealthBoard, nowMs: number): boolean {
  for (const endpoint of generation.endpoints.values()) {
    const candidate = { endpoint, weight: endpoint.weight, model: undefined };
    // One that is only ejected is used when nobody better is left (panic).
    const mark = health.exclusion(candidate, undefined, nowMs);
    if (endpoint.weight > 0 && (mark === undefined || mark.state === "ejected")) return true;
  }
  return false;
}
