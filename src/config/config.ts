import type { LimitSet } from "../balancing/quota/declared/declared_limits.ts";
import type { AccountFields, EditRules } from "../upstream/edits/edit_rules.ts";
import type { LinkConfig, ProxyConfig } from "./edits/link_config.ts";
import type { Secret } from "../core/secret.ts";
import type { OwnPrices } from "../limits/prices/price_book.ts";
import type { AlertPolicyLayer } from "./alert_policy.ts";
import type { ErrorRule } from "../providers/provider.ts";
import type { DrainPolicy } from "../upstream/usage/tapped_call.ts";
import type { CallerLimitSet, QueuePolicy } from "../limits/limit_policy.ts";
import type { OverrideName } from "../tenants/tenant.ts";
import type { AlertsConfig, LogsConfig, MetricsConfig, RecordsConfig } from "./telemetry_config.ts";
import type { SettingsLayer } from "./settings.ts";

/**
 * One configuration, read, checked and complete: every omitted member has its default, durations are in
 * milliseconds, sizes in bytes, secrets are {@link Secret}s. Immutable; `gateway/generation.ts` is built from it.
 */
export interface Config {
  /** Where the gateway listens, when neither flag nor environment says otherwise. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly admin: {
    readonly enabled: boolean;
    /** An address of its own, where alone it is served then; undefined: where the gateway listens. */
    readonly listen: { readonly host: string; readonly port: number } | undefined;
  };
  /** Addresses and CIDR ranges whose forwarding headers are believed; the config's words are already spelled out. */
  readonly trustedProxies: readonly string[];
  readonly cors: {
    /** Exact origins such as `https://chat.example.com`, or the one entry `*`; empty: browsers of other origins are refused. */
    readonly origins: readonly string[];
  };
  readonly body: {
    /** Largest JSON request body that is accepted. */
    readonly maxBytes: number;
  };
  readonly memory: {
    /** What all requests may hold together of bodies and answers; undefined: as much as the machine allows. */
    readonly maxBytes: number | undefined;
  };
  /** What the config says for all pools and routes; ask {@link effectiveSettings}. */
  readonly defaults: SettingsLayer;
  /** Empty: the gateway makes its own first tenant; never an open door. */
  readonly tenants: readonly TenantConfig[];
  /** In the order of the file; names are unique. */
  readonly pools: readonly PoolConfig[];
  /** In the order of the file; models are unique. */
  readonly routes: readonly RouteConfig[];
  /** Outbound proxies, in the order of the file; absent: none. */
  readonly proxies?: readonly ProxyConfig[];
  /** What models cost, before the list prices. */
  readonly prices: readonly OwnPrices[];
  readonly usage: {
    /** Whether the usage of streamed chats is asked for where their clients do not. */
    readonly inject: boolean;
  };
  readonly state: {
    /** A type of `stores/mod.ts`. */
    readonly store: string;
  };
  readonly records: RecordsConfig;
  readonly logs: LogsConfig;
  readonly alerts: AlertsConfig;
  readonly metrics: MetricsConfig;
}

/** Someone who may call. */
export interface TenantConfig {
  readonly name: string;
  /** May be empty when all its secrets are missing: then nobody can call as this tenant. */
  readonly keys: readonly TenantKeyConfig[];
  /** Whoever sends no credential calls as this tenant; `addresses` are then never undefined. */
  readonly open: boolean;
  readonly enabled: boolean;
  /** The operator's own words. */
  readonly note: string | undefined;
  /** Model names and patterns with `*`; undefined: all; empty: none. */
  readonly models: readonly string[] | undefined;
  /** Names of the pools that may serve it; undefined: all. */
  readonly pools: readonly string[] | undefined;
  /** Addresses and CIDR ranges it may call from, the config's words spelled out; undefined: anywhere. */
  readonly addresses: readonly string[] | undefined;
  /** Types of `formats/mod.ts` that it may speak; undefined: all. */
  readonly formats: readonly string[] | undefined;
  /** `inference`, `account`, `proxy`, `*`, or patterns of paths that begin with `/`. */
  readonly paths: readonly string[];
  /** May see pool, upstream and key fingerprint in response headers. */
  readonly debug: boolean;
  /** What its requests may ask for by `x-tidegate-*` header fields. */
  readonly overrides: readonly OverrideName[];
  /** How much of this tenant's requests is recorded; undefined: as `records` says for all. */
  readonly records: "full" | "metadata" | "off" | undefined;
  /** Its own, looked up before the config's. */
  readonly routes: readonly RouteConfig[];
  /** Its own names for models, and the model that each means. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Place in line, 0 to 100; smaller numbers go first. */
  readonly priority: number;
  /** Factor on what its requests cost, in parts per million; undefined: 1. */
  readonly priceMultiplierPpm: number | undefined;
  /** Before those of routes, pools and `defaults`. */
  readonly settings: SettingsLayer;
  /** Never exceeded by all of its requests together; undefined: none is set. */
  readonly limits: CallerLimitSet | undefined;
  /** Undefined: what its limits have no room for is refused at once. */
  readonly queue: QueuePolicy | undefined;
}

/** One key that a tenant calls with. */
export interface TenantKeyConfig {
  /** SHA-256 of the key, as 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** The key itself, where the config has it; undefined: it has the hash alone. */
  readonly secret: Secret | undefined;
  readonly name: string | undefined;
  /** Wall clock at which it stops working; undefined: never. */
  readonly expiresMs: number | undefined;
  readonly enabled: boolean;
  /** The operator's own words. */
  readonly note: string | undefined;
  /** Beside the tenant's own; undefined: none is set. */
  readonly limits: CallerLimitSet | undefined;
}

/** Upstreams and keys that can stand in for each other. */
export interface PoolConfig {
  readonly name: string;
  /** A type of `providers/mod.ts`. */
  readonly provider: string;
  readonly enabled: boolean;
  /** Share among pools that list the same model; 0 takes no new traffic. */
  readonly weight: number;
  /** Pools of a smaller number are asked first when several list the same model. */
  readonly priority: number;
  /** At least one; each crosses with `keys` unless it has its own. */
  readonly upstreams: readonly UpstreamConfig[];
  readonly keys: PoolKeys;
  /** Model names and patterns with `*`; `["*"]` passes any name on; empty where they are discovered. */
  readonly models: readonly string[];
  /** Types of `formats/mod.ts` that its upstreams speak, the preferred one first; undefined: their provider's. */
  readonly formats: readonly string[] | undefined;
  /** What of the models that its upstreams say they have is offered; undefined: they are not asked. */
  readonly discover: DiscoverConfig | undefined;
  /** What upstreams are asked for in place of a name; an upstream's own go first. */
  readonly rename: RenameConfig;
  /** Whether only names that some `rename` of the pool lists are offered. */
  readonly renameOnly: boolean;
  /** Never exceeded by all of it together; undefined: none is set. */
  readonly limits: LimitSet | undefined;
  /** What its upstreams' errors mean, before the tables of provider and gateway. */
  readonly errors: readonly ErrorRule[];
  /** `free`, or the vendor whose list prices hold; undefined: found by its upstreams' URLs. */
  readonly prices: string | undefined;
  /** Factor on what its answers cost, in parts per million. */
  readonly priceMultiplierPpm: number;
  /** How its answers are read whose clients have left; undefined: not at all. */
  readonly drain: DrainPolicy | undefined;
  readonly settings: SettingsLayer;
  /** What is changed of requests and answers on their way; absent: nothing. */
  readonly edits?: EditRules | undefined;
  readonly account?: AccountFields | undefined;
  readonly link?: LinkConfig | undefined;
  /** What it says of alerts; ask `alertPolicy`. */
  readonly alerts: AlertPolicyLayer;
}

/** The name asked for → the upstream's own. */
export type RenameConfig = Readonly<Record<string, string>>;

/** Names and patterns with `*`: a discovered model is offered where one of `include` fits and none of `exclude`. */
export interface DiscoverConfig {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * The credentials of a pool or an upstream. `none`: the config lists none, and none is sent. `client`: the
 * caller's own goes on. A list may be empty when all its secrets are missing: then there is no endpoint, and
 * nothing must be sent without a credential.
 */
export type PoolKeys = "none" | "client" | readonly KeyConfig[];

/** One base URL. */
export interface UpstreamConfig {
  /** Unique in its pool; the URL's host when the config names none. */
  readonly name: string;
  /** A type of `providers/mod.ts`: its own or its pool's. */
  readonly provider: string;
  /** For requests that bring none; undefined: the vendor's default, or the vendor has none. */
  readonly apiVersion: string | undefined;
  /** Absolute, without credentials and without a `/` at its end. */
  readonly url: string;
  readonly weight: number;
  readonly enabled: boolean;
  /** Its own keys instead of the pool's; undefined: the pool's. */
  readonly keys: PoolKeys | undefined;
  /** Narrows the pool's models; undefined: all of them. */
  readonly models: readonly string[] | undefined;
  readonly rename: RenameConfig;
  /** Never exceeded; undefined: none is set. */
  readonly limits: LimitSet | undefined;
  /** Name of the limit it shares with others, `none` where it shares none; undefined: found out by measuring. */
  readonly quotaGroup: string | undefined;
  /** Before the pool's, member by member. */
  readonly account?: AccountFields | undefined;
  readonly link?: LinkConfig | undefined;
}

/** One upstream credential. */
export interface KeyConfig {
  /** Unique among the named keys of its list; undefined: known by its fingerprint alone. */
  readonly name: string | undefined;
  readonly secret: Secret;
  readonly weight: number;
  /** For strategies that fill first: smaller numbers are used first. */
  readonly priority: number;
  readonly enabled: boolean;
  /** Narrows the pool's models; undefined: all of them. */
  readonly models: readonly string[] | undefined;
  /** Never exceeded; undefined: none is set. */
  readonly limits: LimitSet | undefined;
  /** Name of the limit it shares with others, `none` where it shares none; undefined: found out by measuring. */
  readonly quotaGroup: string | undefined;
  /** Before the upstream's, member by member. */
  readonly account?: AccountFields | undefined;
  readonly link?: LinkConfig | undefined;
  /** The operator's own words. */
  readonly note: string | undefined;
}

/** A public model name and where it leads. */
export interface RouteConfig {
  /** An exact name, a pattern with `*`, or `*` alone, which also takes a request that names no model. */
  readonly model: string;
  readonly enabled: boolean;
  /** At least one tier of at least one target each; a tier is asked only when those before it cannot serve. */
  readonly tiers: readonly (readonly TargetConfig[])[];
  readonly settings: SettingsLayer;
  /** After the pool's own; absent: nothing. */
  readonly edits?: EditRules | undefined;
}

/** A pool, and the name to ask it for. */
export interface TargetConfig {
  /** Name of an existing pool. */
  readonly pool: string;
  /** The upstream's model name; undefined (`pool/*`): the name the client asked for. */
  readonly model: string | undefined;
  readonly weight: number;
}
