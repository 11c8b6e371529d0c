import { type AffinityPolicy, DEFAULT_AFFINITY } from "../balancing/affinity_policy.ts";
import { DEFAULT_HEALTH_POLICY, type HealthPolicy } from "../balancing/health/health_policy.ts";
import type { ProbePolicy } from "../upstream/probes/probe_policy.ts";

/** Every setting that a pool or a route may change, with a value for each. */
export interface Settings {
  /** How an endpoint is chosen among equals. */
  readonly balance: {
    /** A type of `balancing/strategies/mod.ts`. */
    readonly strategy: string;
    /** As that strategy's own schema accepts them. */
    readonly options: Readonly<Record<string, unknown>>;
    /** How long an endpoint that is new or back takes to get its full weight, in milliseconds; 0: it gets it at once. */
    readonly slowStartMs: number;
  };
  /** How callers stay with an endpoint; undefined: every request is chosen anew. */
  readonly affinity: AffinityPolicy | undefined;
  readonly retry: {
    /** Most attempts of one request, the first included; 1 to 100. Those that cost an upstream nothing are not counted. */
    readonly attempts: number;
    /** Retries for each request that a pool bears, 0 to 100. */
    readonly budgetShare: number;
    /** Retries a second that a pool always bears, 0 to 1,000,000. */
    readonly budgetFloorPerSecond: number;
    /** Longest time spent waiting for endpoints that were told to rest, in milliseconds; 0: none. */
    readonly waitMs: number;
    /** Status told where all upstreams are overloaded, on the Responses format. */
    readonly overloadAs: 429 | 503;
  };
  /** Stages of waiting for an upstream, in milliseconds; each at least 1. */
  readonly deadlines: {
    readonly connectMs: number;
    /** To the answer's head, of a streamed request. */
    readonly headersMs: number;
    /** To the answer's head, of a request that is not streamed (the vendor works before it answers). */
    readonly headersUnstreamedMs: number;
    /** From the head to the first content of a stream. */
    readonly firstContentMs: number;
    /** Between two chunks. */
    readonly idleMs: number;
    /** For the whole attempt; undefined: without end. */
    readonly totalMs: number | undefined;
    /** Without a byte either way on an open WebSocket. */
    readonly socketIdleMs: number;
  };
  readonly streams: {
    /** How long the answer's head is held back while nothing was committed, in milliseconds. */
    readonly holdMs: number;
    /** Silence after which keep-alive bytes are sent to the client, in milliseconds. */
    readonly keepAliveMs: number;
  };
  /** When an answer begins to go out: from its first content on, or when it is whole. */
  readonly commit: "content" | "complete";
  /** From when on failures count and for how long. */
  readonly health: Omit<HealthPolicy, "trials">;
  /** How it is found out that what was marked works again. */
  readonly probe: ProbePolicy;
}

/** Names of the setting groups, as config spells them. */
export const SETTING_GROUPS = [
  "balance",
  "affinity",
  "retry",
  "deadlines",
  "streams",
  "commit",
  "health",
  "probe",
] as const;

/** What one place of the config says of the settings: any part of them. `affinity: "off"` switches it off. */
export interface SettingsLayer {
  readonly balance?: Loose<Settings["balance"]> | undefined;
  readonly affinity?: AffinityPolicy | "off" | undefined;
  readonly retry?: Loose<Settings["retry"]> | undefined;
  readonly deadlines?: LooseDeadlines | undefined;
  readonly streams?: Loose<Settings["streams"]> | undefined;
  readonly commit?: Settings["commit"] | undefined;
  readonly health?: LooseHealth | undefined;
  readonly probe?: ProbePolicy | undefined;
}

type LooseHealth = {
  readonly [member in keyof Settings["health"]]?:
    | (Settings["health"][member] extends object ? Loose<Settings["health"][member]>
      : Settings["health"][member])
    | undefined;
};

/** `totalMs: "none"` takes away a total that a place of less weight has set. */
type LooseDeadlines = Loose<Omit<Settings["deadlines"], "totalMs">> & {
  readonly totalMs?: number | "none" | undefined;
};

type Loose<T> = { readonly [member in keyof T]?: T[member] | undefined };

/** What holds where no place of the config says otherwise (`docs/design.md` §6). */
export const DEFAULT_SETTINGS: Settings = {
  balance: { strategy: "weighted_round_robin", options: {}, slowStartMs: 30_000 },
  affinity: DEFAULT_AFFINITY,
  retry: { attempts: 4, budgetShare: 0.2, budgetFloorPerSecond: 10, waitMs: 10_000, overloadAs: 503 },
  deadlines: {
    connectMs: 10_000,
    headersMs: 300_000,
    headersUnstreamedMs: 600_000,
    firstContentMs: 300_000,
    idleMs: 300_000,
    totalMs: undefined,
    socketIdleMs: 900_000,
  },
  streams: { holdMs: 15_000, keepAliveMs: 15_000 },
  commit: "content",
  health: healthDefaults(),
  probe: { mode: "passive" },
};

function healthDefaults(): Settings["health"] {
  const { trials: _trials, ...health } = DEFAULT_HEALTH_POLICY;
  return health;
}

/**
 * The settings in force for requests of `route` that go to `pool`: what stands `above` (a tenant and its own route, the
 * last one first) before route before pool before `defaults` before {@link DEFAULT_SETTINGS}, member by member; `affinity`, `probe`, and a strategy with its options, are taken as a whole. Leave out what does not apply: a
 * tier over several pools asks for `balance` and `affinity` without a pool, a listed model without a route.
 */
export function effectiveSettings(
  config: { readonly defaults: SettingsLayer },
  pool?: { readonly settings: SettingsLayer },
  route?: { readonly settings: SettingsLayer },
  above: readonly SettingsLayer[] = [],
): Settings {
  const layers = [config.defaults, pool?.settings, route?.settings, ...above];
  return layers.reduce<Settings>(
    (below, layer) => layer === undefined ? below : over(layer, below),
    DEFAULT_SETTINGS,
  );
}

function over(layer: SettingsLayer, below: Settings): Settings {
  const { totalMs, ...stages } = layer.deadlines ?? {};
  const { strategy, options = {}, slowStartMs } = layer.balance ?? {};
  return {
    balance: merged(
      below.balance,
      strategy === undefined ? { slowStartMs } : { strategy, options, slowStartMs },
    ),
    affinity: layer.affinity === undefined
      ? below.affinity
      : layer.affinity === "off"
      ? undefined
      : layer.affinity,
    retry: merged(below.retry, layer.retry),
    deadlines: {
      ...merged(below.deadlines, stages),
      totalMs: totalMs === undefined ? below.deadlines.totalMs : totalMs === "none" ? undefined : totalMs,
    },
    streams: merged(below.streams, layer.streams),
    commit: layer.commit ?? below.commit,
    health: overHealth(layer.health, below.health),
    probe: layer.probe ?? below.probe,
  };
}

function overHealth(layer: LooseHealth | undefined, below: Settings["health"]): Settings["health"] {
  return {
    consecutive: layer?.consecutive ?? below.consecutive,
    window: merged(below.window, layer?.window),
    rate: merged(below.rate, layer?.rate),
    eject: merged(below.eject, layer?.eject),
    keyInvalidAfter: layer?.keyInvalidAfter ?? below.keyInvalidAfter,
  };
}

function merged<T extends object>(below: T, layer: Loose<T> | undefined): T {
  if (layer === undefined) return below;
  const said = Object.entries(layer).filter(([, value]) => value !== undefined);
  return { ...below, ...Object.fromEntries(said) };
}
