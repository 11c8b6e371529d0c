import type { Endpoint } from "../../balancing/endpoint.ts";
import { EndpointLoad } from "../../balancing/endpoint_load.ts";
import type { ScopedLimits } from "../../balancing/quota/declared/declared_limits.ts";
import type { KeyConfig, PoolConfig, PoolKeys, UpstreamConfig } from "../../config/config.ts";
import type { ProxyConfig } from "../../config/edits/link_config.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import { EndpointEdits } from "./endpoint_edits.ts";
import type { EndpointIdentity } from "./endpoint_identity.ts";

/** What is measured of endpoints, by id; outlives every generation. */
export class LoadTable {
  readonly #loads = new Map<string, EndpointLoad>();

  /** The load of that endpoint, begun at nothing when it is new: at `newAtMs` (monotonic) where a gateway runs already. */
  of(endpointId: string, newAtMs: number | undefined): EndpointLoad {
    let load = this.#loads.get(endpointId);
    if (load === undefined) {
      load = new EndpointLoad(newAtMs);
      this.#loads.set(endpointId, load);
    }
    return load;
  }

  /** Forgets endpoints that `keep` does not name and that nothing uses: a config that changes for ever must not grow memory. */
  retain(keep: ReadonlySet<string>): void {
    for (const [id, load] of this.#loads) {
      if (load.inFlight === 0 && !keep.has(id)) this.#loads.delete(id);
    }
  }
}

/** What building endpoints needs beside the config. */
export interface EndpointSources {
  readonly identity: EndpointIdentity;
  readonly loads: LoadTable;
  /** Monotonic time, where a gateway runs already: endpoints that it did not have start slowly. Undefined: it begins with these. */
  readonly newAtMs: number | undefined;
  /** Turns a declared URL into one that can be called (`simulated://…` into its loopback address); ids are made of the declared one. */
  readonly callableUrl: (declaredUrl: string) => string;
  /** The outbound proxies that the config names; absent: none. */
  readonly proxies?: readonly ProxyConfig[] | undefined;
}

/**
 * Every upstream × key of a pool that is switched on, in config order. A pair named twice is one endpoint; one whose
 * proxy is missing is none.
 */
export function endpointsOf(pool: PoolConfig, sources: EndpointSources): Endpoint[] {
  const byId = new Map<string, Endpoint>();
  const edits = new EndpointEdits(pool, sources.proxies ?? []);
  for (const upstream of pool.upstreams) {
    if (!upstream.enabled) continue;
    for (const key of credentialsOf(upstream.keys ?? pool.keys)) {
      const ownKey = typeof key === "string" ? undefined : key;
      const link = edits.linkOf(upstream, ownKey);
      if (link === "unreachable") continue;
      const endpoint = makeEndpoint(pool, upstream, key, sources);
      if (byId.has(endpoint.id)) continue;
      byId.set(endpoint.id, { ...endpoint, edits: edits.editsOf(upstream, ownKey), link });
    }
  }
  return [...byId.values()];
}

type Credential = KeyConfig | "client" | "none";

function credentialsOf(keys: PoolKeys): readonly Credential[] {
  return typeof keys === "string" ? [keys] : keys.filter((key) => key.enabled);
}

function makeEndpoint(
  pool: PoolConfig,
  upstream: UpstreamConfig,
  credential: Credential,
  { identity, loads, newAtMs, callableUrl }: EndpointSources,
): Endpoint {
  const key = typeof credential === "string" ? undefined : credential;
  const keyText = key?.secret.reveal() ?? (credential === "client" ? "client" : "");
  const { provider } = upstream;
  const id = identity.endpointId(provider, upstream.url, keyText);
  const declaredGroup = key?.quotaGroup ?? upstream.quotaGroup;
  const quotaGroup = declaredGroup === "none" ? undefined : declaredGroup;
  const fingerprint = identity.fingerprint(keyText);
  // Without a key there is nobody to blame but the upstream's own door: the scope is the endpoint's.
  const keyScope = key === undefined ? `key:${id}` : identity.scope("key", provider, keyText);
  const upstreamScope = identity.scope("upstream", upstream.url);
  const limits: ScopedLimits[] = [];
  if (pool.limits !== undefined) limits.push({ scope: `pool:${pool.name}`, ...pool.limits });
  if (upstream.limits !== undefined) {
    limits.push({ scope: `pool:${pool.name}/${upstreamScope}`, ...upstream.limits });
  }
  if (key?.limits !== undefined) limits.push({ scope: keyScope, ...key.limits });
  return {
    id,
    pool: pool.name,
    provider,
    ...(pool.formats === undefined ? {} : { formats: pool.formats }),
    upstream: { name: upstream.name, url: callableUrl(upstream.url) },
    key: credential === "client"
      ? "client"
      : key && { secret: key.secret, name: key.name ?? fingerprint, fingerprint },
    weight: upstream.weight * (key?.weight ?? 1),
    priority: key?.priority ?? 0,
    ...(upstream.apiVersion === undefined ? {} : { apiVersion: upstream.apiVersion }),
    ...renaming(pool, upstream),
    models: modelsOf(pool, upstream, key),
    scopes: {
      key: keyScope,
      // Where no group is declared the key stands for its own: health then cools down single models of it.
      group: quotaGroup === undefined ? keyScope : identity.scope("group", provider, quotaGroup),
      upstream: upstreamScope,
    },
    quota: {
      grouping: quotaGroup !== undefined ? "declared" : declaredGroup === "none" ? "alone" : "inferred",
      limits,
    },
    load: loads.of(id, newAtMs),
  };
}

/** An upstream's own names go before its pool's; they are not looked up twice. */
function renaming(pool: PoolConfig, upstream: UpstreamConfig): Pick<Endpoint, "rename"> {
  const names = new Map([...Object.entries(pool.rename), ...Object.entries(upstream.rename)]);
  return names.size === 0 ? {} : { rename: (model) => names.get(model) ?? model };
}

/** Matchers by the list they were made from: an upstream's is shared by all its keys. */
const matchers = new WeakMap<readonly string[], Matcher>();

/** What all lists allow; undefined where none is given. */
function modelsOf(
  pool: PoolConfig,
  upstream: UpstreamConfig,
  key: KeyConfig | undefined,
): Matcher | undefined {
  const lists = [upstream.models && matcherFor(upstream.models), key?.models && matcherFor(key.models)];
  if (pool.renameOnly) {
    lists.push((model) => Object.hasOwn(upstream.rename, model) || Object.hasOwn(pool.rename, model));
  }
  const [one, ...others] = lists.filter((each) => each !== undefined);
  if (one === undefined || others.length === 0) return one;
  return (model) => one(model) && others.every((other) => other(model));
}

function matcherFor(list: readonly string[]): Matcher {
  let matcher = matchers.get(list);
  if (matcher === undefined) {
    matcher = matcherOf(list);
    matchers.set(list, matcher);
  }
  return matcher;
}
