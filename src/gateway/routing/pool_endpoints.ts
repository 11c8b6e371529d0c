import type { Endpoint } from "../../balancing/endpoint.ts";
import type { ScopedLimits } from "../../balancing/quota/declared/declared_limits.ts";
import { atOnce, type Steps } from "../../core/time/steps.ts";
import type { KeyConfig, PoolConfig, PoolKeys, UpstreamConfig } from "../../config/config.ts";
import type { ProxyConfig } from "../../config/edits/link_config.ts";
import { type Matcher, matcherOf } from "../../core/pattern.ts";
import { EndpointEdits } from "./endpoint_edits.ts";
import { MadeOfPool, type MadeOfUpstream, type Making } from "./endpoints/made_endpoints.ts";
import type { LoadTable } from "./endpoints/load_table.ts";
import { type EndpointIdentity, FINGERPRINT_LENGTH } from "./endpoint_identity.ts";

/** Endpoints made between two steps: less than a millisecond. */
const ENDPOINTS_A_STEP = 16;

/** Loads looked at between two steps: far less than a millisecond. */
const LOADS_A_STEP = 256;

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
  /** Endpoints that may be taken over, and where to note all of now; absent: each is made anew. */
  readonly made?: Making;
}

/**
 * Every upstream × key of a pool that is switched on, in config order. A pair named twice is one endpoint; one whose
 * proxy is missing is none.
 */
export function endpointsOf(pool: PoolConfig, sources: EndpointSources): readonly Endpoint[] {
  return atOnce(endpointSteps(pool, sources));
}

/** {@link endpointsOf} in steps: a pool may have fifty thousand. The list that the generation before had, where it is the same. */
export function* endpointSteps(pool: PoolConfig, sources: EndpointSources): Steps<readonly Endpoint[]> {
  const upstreams = pool.upstreams.filter(({ enabled }) => enabled)
    .map((upstream) => ({ upstream, url: sources.callableUrl(upstream.url) }));
  const ofPool = new MadeOfPool(pool, upstreams, sources.made);
  const { same } = ofPool;
  if (same !== undefined && (yield* areMeasured(same, sources))) {
    ofPool.note(same);
    return same;
  }
  const byId = new Map<string, Endpoint>();
  const edits = new EndpointEdits(pool, sources.proxies ?? []);
  const names = new KeyNames(sources.identity);
  let steps = 0;
  for (const { upstream, url } of upstreams) {
    const made = ofPool.upstream(upstream, url);
    const scope = sources.identity.scope("upstream", upstream.url);
    const parts = { pool, upstream, url, scope, names, edits, made };
    for (const key of credentialsOf(upstream.keys ?? pool.keys)) {
      const endpoint = endpointFor(parts, key, sources);
      if (endpoint !== undefined && !byId.has(endpoint.id)) byId.set(endpoint.id, endpoint);
      if (++steps % ENDPOINTS_A_STEP === 0) yield;
    }
  }
  const list = [...byId.values()];
  ofPool.note(list);
  return list;
}

/** Whether what was measured of them is there still: one that was gone for a while has lost it. */
function* areMeasured(endpoints: readonly Endpoint[], { loads }: EndpointSources): Steps<boolean> {
  let steps = 0;
  for (const { id, load } of endpoints) {
    if (!loads.has(id, load)) return false;
    if (++steps % LOADS_A_STEP === 0) yield;
  }
  return true;
}

/** The endpoint that the generation before had of the same upstream and key, else a new one; undefined where its proxy is missing. */
function endpointFor(
  parts: EndpointParts,
  credential: Credential,
  sources: EndpointSources,
): Endpoint | undefined {
  const { upstream, edits, made } = parts;
  const { loads, newAtMs } = sources;
  const key = typeof credential === "string" ? undefined : credential;
  const known = key && made.same(key);
  // One that was gone for a while has lost what was measured of it.
  let endpoint = known !== undefined && loads.of(known.id, newAtMs) === known.load ? known : undefined;
  if (endpoint === undefined) {
    const link = edits.linkOf(upstream, key);
    if (link === "unreachable") return undefined;
    endpoint = { ...makeEndpoint(parts, credential, sources), edits: edits.editsOf(upstream, key), link };
  }
  if (key !== undefined) made.note(key, endpoint);
  return endpoint;
}

type Credential = KeyConfig | "client" | "none";

function credentialsOf(keys: PoolKeys): readonly Credential[] {
  return typeof keys === "string" ? [keys] : keys.filter((key) => key.enabled);
}

/** What the endpoints of one upstream have in common. */
interface EndpointParts {
  readonly pool: PoolConfig;
  readonly upstream: UpstreamConfig;
  /** That can be called. */
  readonly url: string;
  /** The upstream's. */
  readonly scope: string;
  readonly names: KeyNames;
  readonly edits: EndpointEdits;
  readonly made: MadeOfUpstream;
}

/** What a pool's keys are called, each digested once for all upstreams of a provider. */
class KeyNames {
  readonly #identity: EndpointIdentity;
  readonly #scopes = new Map<string, Map<KeyConfig, string>>();

  constructor(identity: EndpointIdentity) {
    this.#identity = identity;
  }

  fingerprint({ secret }: KeyConfig): string {
    return this.#identity.keyId(secret).slice(0, FINGERPRINT_LENGTH);
  }

  scope(provider: string, key: KeyConfig): string {
    let scopes = this.#scopes.get(provider);
    if (scopes === undefined) this.#scopes.set(provider, scopes = new Map());
    let scope = scopes.get(key);
    if (scope === undefined) {
      scope = this.#identity.scope("key", provider, key.secret.reveal());
      scopes.set(key, scope);
    }
    return scope;
  }
}

function makeEndpoint(
  { pool, upstream, url, scope: upstreamScope, names, made }: EndpointParts,
  credential: Credential,
  { identity, loads, newAtMs }: EndpointSources,
): Endpoint {
  const key = typeof credential === "string" ? undefined : credential;
  const keyText = key?.secret.reveal() ?? (credential === "client" ? "client" : "");
  const { provider } = upstream;
  // Three digests a key are most of what making an endpoint costs.
  const named = key && made.named(key);
  const id = named?.id ?? identity.endpointId(provider, upstream.url, keyText);
  const declaredGroup = key?.quotaGroup ?? upstream.quotaGroup;
  const quotaGroup = declaredGroup === "none" ? undefined : declaredGroup;
  // Without a key there is nobody to blame but the upstream's own door: the scope is the endpoint's.
  const keyScope = key === undefined ? `key:${id}` : named?.scopes.key ?? names.scope(provider, key);
  const fingerprint = key === undefined ? "" : named?.key.fingerprint ?? names.fingerprint(key);
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
    upstream: { name: upstream.name, url },
    key: credential === "client" ? "client" : key && {
      secret: key.secret,
      name: key.name ?? fingerprint,
      fingerprint,
    },
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
