import type { Endpoint, EndpointLoad } from "../../balancing/endpoint.ts";
import type { KeyConfig, PoolConfig, PoolKeys, UpstreamConfig } from "../../config/config.ts";
import type { EndpointIdentity } from "./endpoint_identity.ts";

/** What is measured of endpoints, by id; outlives every generation. */
export class LoadTable {
  readonly #loads = new Map<string, EndpointLoad>();

  /** The load of that endpoint, begun at nothing when it is new. */
  of(endpointId: string): EndpointLoad {
    let load = this.#loads.get(endpointId);
    if (load === undefined) {
      load = { inFlight: 0, started: 0 };
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
  /** Turns a declared URL into one that can be called (`simulated://…` into its loopback address); ids are made of the declared one. */
  readonly callableUrl: (declaredUrl: string) => string;
}

/** Every upstream × key of a pool that is switched on, in config order. A pair named twice is one endpoint. */
export function endpointsOf(pool: PoolConfig, sources: EndpointSources): Endpoint[] {
  const byId = new Map<string, Endpoint>();
  for (const upstream of pool.upstreams) {
    if (!upstream.enabled) continue;
    for (const key of credentialsOf(upstream.keys ?? pool.keys)) {
      const endpoint = makeEndpoint(pool, upstream, key, sources);
      if (!byId.has(endpoint.id)) byId.set(endpoint.id, endpoint);
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
  { identity, loads, callableUrl }: EndpointSources,
): Endpoint {
  const key = typeof credential === "string" ? undefined : credential;
  const keyText = key?.secret.reveal() ?? (credential === "client" ? "client" : "");
  const id = identity.endpointId(pool.provider, upstream.url, keyText);
  const quotaGroup = key?.quotaGroup ?? upstream.quotaGroup;
  const fingerprint = identity.fingerprint(keyText);
  // Without a key there is nobody to blame but the upstream's own door: the scope is the endpoint's.
  const keyScope = key === undefined ? `key:${id}` : identity.scope("key", pool.provider, keyText);
  return {
    id,
    pool: pool.name,
    provider: pool.provider,
    upstream: { name: upstream.name, url: callableUrl(upstream.url) },
    key: credential === "client"
      ? "client"
      : key && { secret: key.secret, name: key.name ?? fingerprint, fingerprint },
    weight: upstream.weight * (key?.weight ?? 1),
    models: narrowed(upstream.models, key?.models),
    scopes: {
      key: keyScope,
      // Where no group is declared the key stands for its own: health then cools down single models of it.
      group: quotaGroup === undefined ? keyScope : identity.scope("group", pool.provider, quotaGroup),
      upstream: identity.scope("upstream", upstream.url),
    },
    load: loads.of(id),
  };
}

/** Models allowed by both lists; a key's list stands where both are given, since config reads it as the narrower one. */
function narrowed(
  upstream: readonly string[] | undefined,
  key: readonly string[] | undefined,
): readonly string[] | undefined {
  return key ?? upstream;
}
